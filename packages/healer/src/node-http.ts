/**
 * `node:http` as `require` gives it. An `import` of it reads each of its exports, `WebSocket` among them, and that
 * brings undici: some 10 MB that a healer would hold for nothing.
 */
export const http = process.getBuiltinModule('node:http');
