/** The lab's own way in, apart from the healer's user and without a session. */
export class LabApi {
  readonly #url: string;
  readonly #secret: string;

  constructor(url: string, secret: string) {
    this.#url = url;
    this.#secret = secret;
  }

  /** One low state through `/run`; gives the first element of `return`. Rejects for anything but 200. */
  async call(low: Readonly<Record<string, unknown>>, timeoutMs = 60_000): Promise<unknown> {
    const response = await fetch(`${this.#url}/run`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify([
        {
          ...low,
          username: 'lab',
          password: this.#secret,
          sharedsecret: this.#secret,
          eauth: 'sharedsecret',
        },
      ]),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.status !== 200)
      throw new Error(`salt-api answered ${response.status}: ${text.slice(0, 300)}`);
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('return' in body) || !Array.isArray(body.return)) {
      throw new Error(`salt-api answered without "return": ${text.slice(0, 300)}`);
    }
    return body.return[0];
  }
}
