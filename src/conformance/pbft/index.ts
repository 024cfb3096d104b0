export { PbftReader } from './reader.js';
export { pbftSafety } from './safety/pbft-safety.js';
export { pbftSteps } from './steps/pbft-steps.js';
export { PbftTraceScan } from './trace-scan.js';
