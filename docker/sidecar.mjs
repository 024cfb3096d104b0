// Beside each node runs one of these. It owns the node's network namespace, which thus outlives the node's kills, and
// runs under a user id of its own. It measures what faults did to the links, and it delays TCP connections that
// iptables sends its way (REDIRECT of all but this user's).
//
// Control, JSON over HTTP on CONTROL_PORT:
//   GET  /health                                            204
//   POST /routes     {routes: [{listenPort, host, port, out: {meanMs, jitterMs}, back: {…}}]}
//                    what to delay: `out` on the way to the peer, `back` on the way from it
//   POST /datagrams  {from, nonce, count, hosts}            sends `count` datagrams to each host, spread over 150 ms
//   GET  /datagrams?nonce=N                                 {"n1": 20}: datagrams received, by sender
//
// `node sidecar.mjs round-trip TIMEOUT_MS HOST…` prints {"n2": 160.4}: milliseconds of one byte to the echo port of each
// host and back, null where none came. Run as another user it goes the way of the node's own connections.
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const CONTROL_PORT = 7070;
const DATAGRAM_PORT = 7071;
const ECHO_PORT = 7072;
/** What may be under way in a relayed direction before its sender has to wait. */
const MAX_BYTES_UNDER_WAY = 4_000_000;

const [command, timeoutMs, ...hosts] = process.argv.slice(2);
if (command === 'round-trip') {
  const answers = await Promise.all(hosts.map((host) => roundTrip(host, Number(timeoutMs))));
  console.log(JSON.stringify(Object.fromEntries(answers)));
  process.exit(0);
}

/** The shortest of some round trips on one connection: what a busy machine adds to one of them is not the link's. */
function roundTrip(host, timeoutMs) {
  return new Promise((resolve) => {
    const socket = connect({ host, port: ECHO_PORT, noDelay: true });
    const beganMs = performance.now();
    let sentMs = 0;
    let shortestMs = null;
    let rounds = 0;
    const end = () => {
      clearTimeout(deadline);
      socket.destroy();
      resolve([host, shortestMs]);
    };
    const send = () => {
      sentMs = performance.now();
      socket.write('x');
    };
    const deadline = setTimeout(end, timeoutMs);
    socket.on('error', end);
    socket.on('connect', send);
    socket.on('data', () => {
      const nowMs = performance.now();
      shortestMs = Math.min(shortestMs ?? Infinity, nowMs - sentMs);
      rounds++;
      if (rounds === 5 || (rounds >= 3 && nowMs - beganMs > 400)) end();
      else send();
    });
  });
}

// --- Datagrams: one direction of a link at a time, which no TCP connection can show.

const received = new Map();
const datagrams = createSocket({ type: 'udp4', recvBufferSize: 1_000_000 });
datagrams.on('message', (message) => {
  const { nonce, from } = JSON.parse(message.toString());
  const counts = received.get(nonce) ?? {};
  counts[from] = (counts[from] ?? 0) + 1;
  received.set(nonce, counts);
  // Only the latest probes are ever asked for.
  if (received.size > 100) received.delete(received.keys().next().value);
});
// A full send buffer or a rule that rejects: a datagram that was not sent is a datagram that did not arrive.
datagrams.on('error', () => {});
datagrams.bind(DATAGRAM_PORT);

async function sendDatagrams({ from, nonce, count, hosts }) {
  const addresses = await Promise.all(hosts.map(async (host) => (await lookup(host, 4)).address));
  const message = Buffer.from(JSON.stringify({ nonce, from }));
  const batch = Math.ceil(count / 15);
  for (let sent = 0; sent < count; sent += batch) {
    for (const address of addresses) {
      for (let index = sent; index < Math.min(count, sent + batch); index++) {
        datagrams.send(message, DATAGRAM_PORT, address, () => {});
      }
    }
    await wait(10);
  }
}

// --- The relay.

const listeners = new Map();
let routes = new Map();

function setRoutes(list) {
  const previous = routes;
  routes = new Map(list.map((route) => [route.listenPort, route]));
  for (const port of previous.keys()) if (!routes.has(port)) listeners.get(port)?.disconnect();
  return Promise.all([...routes.keys()].map((port) => listenForRelay(port)));
}

function listenForRelay(port) {
  if (listeners.has(port)) return;
  const sockets = new Set();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    relay(socket, port);
  });
  // Without a delay the connections go: made anew, they take the direct way.
  listeners.set(port, { disconnect: () => sockets.forEach((socket) => socket.resetAndDestroy()) });
  return new Promise((resolve, reject) => server.on('error', reject).listen(port, '0.0.0.0', resolve));
}

function relay(near, port) {
  const route = routes.get(port);
  if (route === undefined) return near.resetAndDestroy();
  const far = connect({ host: route.host, port: route.port, noDelay: true, allowHalfOpen: true });
  for (const [socket, other] of [[near, far], [far, near]]) {
    socket.on('error', () => other.resetAndDestroy());
    socket.on('close', () => other.destroy());
  }
  // Looked up for each piece: a changed delay holds for connections that are open already.
  passLater(near, far, () => delayOf(routes.get(port)?.out));
  passLater(far, near, () => delayOf(routes.get(port)?.back));
}

function delayOf(delay) {
  return delay === undefined ? 0 : Math.max(0, delay.meanMs + (Math.random() * 2 - 1) * delay.jitterMs);
}

/** TCP keeps the order, so jitter makes bytes later but never lets them pass each other. */
function passLater(source, target, nextDelayMs) {
  let latestMs = 0;
  let underWay = 0;
  const later = (act) => {
    latestMs = Math.max(latestMs, performance.now() + nextDelayMs());
    setTimeout(act, latestMs - performance.now());
  };
  source.on('data', (bytes) => {
    underWay += bytes.length;
    if (underWay > MAX_BYTES_UNDER_WAY) source.pause();
    later(() => {
      underWay -= bytes.length;
      if (source.isPaused() && underWay < MAX_BYTES_UNDER_WAY / 2) source.resume();
      if (target.writable) target.write(bytes);
    });
  });
  source.on('end', () => later(() => target.end()));
}

// --- Echo.

createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => socket.write(bytes));
}).listen(ECHO_PORT, '0.0.0.0');

// --- Control.

const actions = {
  'GET /health': async () => undefined,
  'POST /routes': async (body) => void (await setRoutes(body.routes)),
  'POST /datagrams': async (body) => void (await sendDatagrams(body)),
  'GET /datagrams': async (_, query) => received.get(query.get('nonce')) ?? {},
};

const control = createHttpServer(async (request, response) => {
  try {
    const url = new URL(request.url, 'http://sidecar');
    const action = actions[`${request.method} ${url.pathname}`];
    if (action === undefined) return response.writeHead(404).end();
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = await action(text === '' ? undefined : JSON.parse(text), url.searchParams);
    if (answer === undefined) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error: String(error) }));
  }
});
// The harness keeps its connection and may be silent for long: one that closes as a request comes would lose it.
control.keepAliveTimeout = 3_600_000;
control.listen(CONTROL_PORT, '0.0.0.0');
