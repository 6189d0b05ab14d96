import { describe } from 'vitest';
import { httpRows } from '../../src/adapters/http/rows.ts';
import { describeRows, errorWith, sharedEvidence } from './evidence.ts';

const status = (...codes: number[]) => codes.map((code) => errorWith('', { code: `HTTP_${code}` }));
const fetchFailed = (cause: Error) => new TypeError('fetch failed', { cause });
const undici = (code: string, message = '') => fetchFailed(errorWith(message, { code }));

describe('the table of http', () => {
  describeRows(httpRows, {
    ...sharedEvidence,
    'login-refused': status(401, 403, 407, 511),
    'request-too-slow': status(408),
    'too-many-requests': status(425, 429),
    'not-for-this-server': status(421),
    'own-request': status(400, 404, 409, 410, 422),
    'not-implemented': status(501, 505, 510),
    'gateway-lost-it': status(502, 520),
    'gateway-refused': status(521, 523, 530),
    unavailable: status(503, 529),
    'gateway-timeout': status(504, 524),
    'gateway-connect-timeout': status(522),
    'no-storage': status(507),
    'gateway-tls': status(525, 526),
    'server-error': status(500, 506, 508, 599),
    redirected: status(101, 301, 304),
    'connect-slow-http': [undici('UND_ERR_CONNECT_TIMEOUT')],
    'answer-slow': [undici('UND_ERR_HEADERS_TIMEOUT'), undici('UND_ERR_BODY_TIMEOUT')],
    'socket-closed': [undici('UND_ERR_SOCKET', 'other side closed')],
    'no-http': [
      fetchFailed(errorWith('Response does not match the HTTP/1.1 protocol', { name: 'HTTPParserError' })),
      undici('HPE_INVALID_CONSTANT'),
      undici('UND_ERR_HEADERS_OVERFLOW'),
    ],
    'own-client': [undici('UND_ERR_INVALID_ARG'), undici('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH')],
    'not-a-url': [errorWith('Invalid URL', { code: 'ERR_INVALID_URL' })],
    'redirect-refused': [fetchFailed(new Error('unexpected redirect'))],
    'redirect-loop': [fetchFailed(new Error('redirect count exceeded'))],
    'body-garbled': [new TypeError('terminated', { cause: errorWith('', { code: 'Z_DATA_ERROR' }) })],
    'fetch-failed': [fetchFailed(new Error('something new of undici')), new TypeError('terminated')],
  });
});
