import { simBackend } from '../../src/backends/sim/backend.js';
import pbft from '../../src/systems/pbft.js';
import raft from '../../src/systems/raft.js';
import { describeClusterContract } from './cluster.js';

describeClusterContract(simBackend, raft, async () => []);
describeClusterContract(simBackend, pbft, async () => []);
