// Loaded into Node by `exomock run`: Node 20 reads no proxy variable, neither in https nor in fetch.
// Connections to Exotel's names go to exomock. HTTP to other hosts fails with the proxy's sentence;
// connections that are no HTTP, to a database for instance, are left alone.
'use strict';

const net = require('node:net');
const tls = require('node:tls');
const http = require('node:http');
const https = require('node:https');
const channels = require('node:diagnostics_channel');
const ways = require('./node.json');

const plain = (host) => String(host).replace(/^\[|\]$/g, '').toLowerCase().replace(/\.$/, '');
const below = (name, end) => name === end || name.endsWith('.' + end);
const isExotels = (name) =>
  ways.apexes.includes(name) || ways.oneBelow.includes(name.slice(name.indexOf('.') + 1));
const isLoopback = (name) =>
  below(name, 'localhost') || name === '::1' || (net.isIPv4(name) && name.startsWith('127.'));
const passes = (name) =>
  ways.passthrough.some(
    (said) => said === '*' || (said[0] === '.' ? below(name, said.slice(1)) : name === said));

function refusal(name) {
  if (ways.apexes.some((apex) => below(name, apex))) return ways.uncovered.replaceAll('{host}', name);
  if (isLoopback(name) || passes(name)) return null;
  return ways.refused.replaceAll('{host}', name);
}

// The host of the HTTP connection that is being opened: agents, and undici behind fetch, open it
// before they return, so that what is opened meanwhile is theirs.
let opening = null;

for (const agent of [http.Agent, https.Agent]) {
  const create = agent.prototype.createConnection;
  agent.prototype.createConnection = function (...args) {
    opening = plain((args[0] && (args[0].host || args[0].hostname)) || 'localhost');
    try {
      return create.apply(this, args);
    } finally {
      opening = null;
    }
  };
}

channels.subscribe('undici:client:beforeConnect', ({ connectParams }) => {
  opening = plain(connectParams.hostname);
  queueMicrotask(() => { opening = null; });
});

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  // `net.connect` has put its arguments into an array already.
  const given = Array.isArray(args[0]) ? args[0] : args;
  const first = given[0];
  const options = typeof first === 'object' && first !== null ? first
    : { port: first, host: typeof given[1] === 'string' ? given[1] : undefined };
  if (options.path || options.port === undefined) return connect.apply(this, args);
  const name = plain(options.host || 'localhost');
  if (isExotels(name)) {
    const secure = this instanceof tls.TLSSocket || Number(options.port) === 443;
    const to = { host: '127.0.0.1', port: secure ? ways.https : ways.http };
    const routed = { ...options, ...to, family: 4, lookup: undefined, localAddress: undefined };
    const then = given.find((each) => typeof each === 'function');
    return connect.call(this, routed, ...(then ? [then] : []));
  }
  const why = opening === name ? refusal(name) : null;
  if (why === null) return connect.apply(this, args);
  process.nextTick(() => this.destroy(Object.assign(new Error(why), { code: 'EXOMOCK_REFUSED' })));
  return this;
};
