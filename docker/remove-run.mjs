// Removes everything that carries a label, and nothing else: the last resort of a harness that exits in the middle of
// a run (src/backends/docker/last-resort.ts). It stands alone, so that an exit handler can run it by its path.
//
//   node remove-run.mjs '{"socketPath": "/var/run/docker.sock"}' assay.run=RUN
import { request } from 'node:http';

const [place, label] = process.argv.slice(2);

function call(method, path) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...JSON.parse(place), method, path }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () => resolve(text));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
const ids = async (path) => JSON.parse(await call('GET', path)).map(({ Id }) => Id);
for (const id of await ids(`/containers/json?all=true&filters=${filters}`)) {
  await call('DELETE', `/containers/${id}?force=true&v=true`);
}
for (const id of await ids(`/networks?filters=${filters}`)) await call('DELETE', `/networks/${id}`);
