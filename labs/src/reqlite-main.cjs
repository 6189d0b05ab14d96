// Starts the RethinkDB stand-in on 127.0.0.1 only: reqlite itself listens on every address.
const { Server } = require('node:net');

const port = Number(process.argv[2]);
const listen = Server.prototype.listen;
Server.prototype.listen = function listenOnLoopback(_port, onListening) {
  return listen.call(this, { port, host: '127.0.0.1' }, onListening);
};
const Reqlite = require('reqlite');
new Reqlite({ 'driver-port': port, silent: true });
