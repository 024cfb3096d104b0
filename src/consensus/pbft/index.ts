export { authenticRequest, replyText } from './authentication.js';
export { NO_BUGS } from './bugs.js';
export type { ClientExtra, PbftMessage, Request, Voucher } from './messages.js';
export { AUTHENTICATIONS, DEFAULT_PBFT_OPTIONS, PBFT_READ_MODES, type PbftOptions } from './options.js';
export { quorumsOf } from './quorums.js';
