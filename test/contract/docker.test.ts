import Docker from 'dockerode';
import { describe } from 'vitest';
import { dockerBackend } from '../../src/backends/docker/backend.js';
import etcd from '../../src/systems/etcd.js';
import pbft from '../../src/systems/pbft.js';
import raft from '../../src/systems/raft.js';
import { listEverything } from '../support/docker.js';
import { lacksDocker } from '../support/requirements.js';
import { describeClusterContract } from './cluster.js';

describe.skipIf(await lacksDocker())('with a Docker engine', () => {
  const leftovers = () => listEverything(new Docker());
  describeClusterContract(dockerBackend, raft, leftovers);
  describeClusterContract(dockerBackend, pbft, leftovers);
  describeClusterContract(dockerBackend, etcd, leftovers);
});
