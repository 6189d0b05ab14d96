import { request as requestHttps } from 'node:https';
import { http } from '../node-http.ts';
import { ProbeFailure, probeFrom } from './failure.ts';
import type { Probe } from './probe.ts';

export interface HttpProbeConfiguration {
  readonly url: string;
  readonly status?: readonly number[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Passes where a GET is answered with an expected status. The body is not read, no redirection followed. */
export function httpProbe(configuration: HttpProbeConfiguration): Probe {
  return probeFrom('http', async (signal) => {
    const status = await statusOf(configuration, signal);
    const expected = configuration.status?.includes(status) ?? (status >= 200 && status < 300);
    if (!expected) {
      const wanted = configuration.status?.join(' or ') ?? '200 to 299';
      throw new ProbeFailure('unknown', `answered ${status}, expected ${wanted}`);
    }
    return `answered ${status}`;
  });
}

/** Without an agent, so that no idle connection stays behind. */
function statusOf(configuration: HttpProbeConfiguration, signal: AbortSignal): Promise<number> {
  const url = new URL(configuration.url);
  const request = url.protocol === 'https:' ? requestHttps : http.request;
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'prunella-probe', ...configuration.headers };
    const call = request(url, { agent: false, signal, headers }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    call.on('error', (error) => {
      reject(signal.aborted ? new ProbeFailure('timeout', 'no answer') : error);
    });
    call.end();
  });
}
