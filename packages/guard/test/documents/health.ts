// What docs/health.md shows, as a program.
// #region import
import { fastifyHealth, honoHealth, nodeHealth } from '@prunella/guard/health';

// #endregion

import { createServer } from 'node:http';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';

/** The same page four times. */
export function pages() {
  const inExpress = () => {
    const app = express();
    // #region express
    app.get('/health', nodeHealth());
    // #endregion
    return app;
  };
  const inFastify = () => {
    const app = fastify();
    // #region fastify
    app.get('/health', fastifyHealth());
    // #endregion
    return app;
  };
  const inHono = () => {
    const app = new Hono();
    // #region hono
    app.get('/health', honoHealth());
    // #endregion
    return app;
  };
  const inNode = () => {
    // #region node
    const server = createServer(nodeHealth());
    // #endregion
    return server;
  };
  return { inExpress, inFastify, inHono, inNode };
}

export function strict() {
  // #region required
  const handler = nodeHealth({ required: ['postgres/main'] });
  // #endregion
  return handler;
}
