// A harness to be killed: starts three etcd members with the built program, says "ready RUN" and then does what it was
// told: `wait` until it is killed, or `exit` in the middle of it all.
import { dockerBackend } from '../../dist/src/backends/docker/backend.js';
import { Random } from '../../dist/src/kernel/random.js';
import etcd from '../../dist/src/systems/etcd.js';

const [what] = process.argv.slice(2);
await dockerBackend.start({
  system: etcd,
  systemOptions: etcd.options.parse({}),
  nodes: ['n1', 'n2', 'n3'],
  random: new Random(1),
  onNote: () => {},
  onProgress: () => {},
  signal: new AbortController().signal,
});
process.stdout.write('ready\n');
if (what === 'exit') process.exit(3);
setInterval(() => {}, 1000);
