// A peer over Node's tls. What it is told, and what it does: see programs.sh. (Told connection=1, a client keeps its
// session in a file, with which it resumes it when told connection=2.)
'use strict';
const fs = require('fs');
const tls = require('tls');
const { constants } = require('crypto');

const [role, ...words] = process.argv.slice(2);
const told = Object.fromEntries(words.map((word) => word.split(/=(.*)/s)));

function fact(key, value) {
  fs.writeSync(2, `fact ${key}=${value}\n`);
}

function fail(why) {
  fact('ok', false);
  fact('error', (why.message || `${why}`).trim());
  process.exit(1);
}

// The names of OpenSSL, of suites and of groups.
function suite(name) {
  if (!name.includes('_WITH_')) return name;
  return name.slice(4).replace('_WITH_', '-').replace(/AES_(\d+)/, 'AES$1').replace('POLY1305_SHA256', 'POLY1305')
    .replace(/^RSA-/, '').replace(/_/g, '-');
}

function group(name) {
  return { x25519: 'X25519', secp256r1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[name];
}

function options() {
  const prefix = role === 'serve' ? '' : 'client_';
  const chosen = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };
  if (told.tls) chosen.minVersion = chosen.maxVersion = `TLSv${told.tls}`;
  if (told.suite) chosen.ciphers = suite(told.suite);
  if (told.group) chosen.ecdhCurve = group(told.group);
  if (told.alpn) chosen.ALPNProtocols = told.alpn.split(',');
  if (told.ca) chosen.ca = fs.readFileSync(told.ca);
  if (told[`${prefix}cert`]) {
    chosen.cert = fs.readFileSync(told[`${prefix}cert`]);
    chosen.key = fs.readFileSync(told[`${prefix}key`]);
  }
  return chosen;
}

function sayFacts(socket) {
  const key = socket.getEphemeralKeyInfo() || {};
  const names = { X25519: 'x25519', prime256v1: 'secp256r1', secp384r1: 'secp384r1', secp521r1: 'secp521r1' };
  fact('version', socket.getProtocol().replace('TLSv', 'TLS '));
  fact('suite', socket.getCipher().standardName);
  if (key.name in names) fact('group', names[key.name]);
  fact('alpn', socket.alpnProtocol || null);
  fact('resumed', socket.isSessionReused());
  fact('server_name', socket.servername || null);
  fact('peer_verified', socket.authorized);
}

function serve() {
  const chosen = options();
  chosen.requestCert = Boolean(told.client_auth);
  chosen.rejectUnauthorized = told.client_auth === 'require';
  chosen.allowHalfOpen = true;
  if (told.hrr) chosen.ecdhCurve = 'P-521';
  if (told.no_tickets) chosen.secureOptions = constants.SSL_OP_NO_TICKET;
  const server = tls.createServer(chosen);
  const sessions = new Map();
  let left = Number(told.connections);
  server.on('newSession', (id, session, done) => {
    sessions.set(id.toString('hex'), session);
    done();
  });
  server.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex'))));
  server.on('tlsClientError', fail);
  server.on('secureConnection', (socket) => {
    sayFacts(socket);
    socket.on('error', fail);
    socket.on('close', () => {
      fact('ok', true);
      left -= 1;
      if (left === 0) server.close();
    });
    socket.pipe(socket);
  });
  server.listen({ host: '127.0.0.1', port: Number(told.port) });
}

function connect() {
  const chosen = { ...options(), host: '127.0.0.1', port: Number(told.port), servername: told.sni };
  if (told.connection === '2') chosen.session = fs.readFileSync('session.bin');
  const socket = tls.connect(chosen);
  socket.on('error', fail);
  socket.on('session', (session) => {
    if (told.connection === '1') fs.writeFileSync('session.bin', session);
  });
  socket.on('secureConnect', () => {
    sayFacts(socket);
    process.stdin.pipe(socket);
  });
  socket.on('data', (bytes) => fs.writeSync(1, bytes));
  socket.on('close', () => {
    fact('ok', true);
    process.exit(0);
  });
}

if (role === 'serve') serve();
else connect();
