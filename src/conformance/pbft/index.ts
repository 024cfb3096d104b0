export { PbftReader } from './reader.js';
export { type PbftSafetyContext, pbftSafety } from './safety/pbft-safety.js';
