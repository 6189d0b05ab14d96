// An application that fails for a moment and then has nothing more to do; a process of its own. It must end
// although the healer holds a request of it open. `node ends-by-itself.ts ADDRESS`
import { attach, configureReporting } from '@prunella/guard';
import { StandInAdapter } from './stand-in-adapter.ts';

configureReporting({ service: 'short', healer: process.argv[2] ?? '', inTests: true });
const adapter = new StandInAdapter();
adapter.serves = 'unreachable';
const guard = attach(adapter, { resource: 'stand-in/short', deadlineMs: 600_000 });
await guard.tryRun((handle) => handle.ask());
void guard.tryRun(() => new Promise(() => {}));
await new Promise((resolve) => setTimeout(resolve, 200));
process.stdout.write(guard.condition);
