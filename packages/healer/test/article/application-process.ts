// The application in a process of its own, so that it is an instance of its own:
// `node application-process.ts PORT HEALER`. Says what it sees, a line of JSON at a time; SIGTERM: goodbye.
import { startApplication } from './application.ts';

const [port = '', healer = ''] = process.argv.slice(2);
const application = startApplication({ port: Number(port), healer }, (told) => {
  process.stdout.write(`${JSON.stringify(told)}\n`);
});
process.once('SIGTERM', () => void application.stop().then(() => process.exit(0)));
