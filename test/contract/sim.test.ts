import { simBackend } from '../../src/backends/sim/backend.js';
import raft from '../../src/systems/raft.js';
import { describeClusterContract } from './cluster.js';

describeClusterContract(simBackend, raft, async () => []);
