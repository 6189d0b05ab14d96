import { type AccessRoom, createAccessRoom } from '../access/access-room.ts';
import { makeFirstAdmin } from '../access/first-admin.ts';
import type { RefusalFigures } from '../access/refused-credentials.ts';
import type { Backend, BackendHealth } from '../backends/backend.ts';
import type { Environment } from '../configuration/secret.ts';
import { DrillDesk } from '../drills/drill-desk.ts';
import type { Clock } from '../engine/clock.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from '../engine/embedded-engine.ts';
import type { Notification } from '../engine/options.ts';
import { createOutgoing } from '../outgoing/outgoing.ts';
import type { Access } from '../server/access.ts';
import { createServer, type ListenPlace } from '../server/create-server.ts';
import type { ConfigurationStanding, HealerFacts } from '../server/routes/health.ts';
import { readTokens, type StandingRole } from '../server/tokens.ts';
import type { SourceDesk } from '../sources/source-desk.ts';
import type { KeyedAnswers } from '../store/keyed-answers.ts';
import { type HealerStore, openSqliteStore } from '../store/sqlite-store.ts';
import type { StoreLock } from '../store/store-lock.ts';
import { Closers } from './closers.ts';
import { LiveNotifications } from './live-notifications.ts';
import { LiveSetup } from './live-setup.ts';
import { localSocketPath, prepareSocketPlace } from './local-socket.ts';
import type { Plan } from './plan.ts';
import { playbookSources } from './playbook-sources.ts';
import { silentTargets } from './silent-targets.ts';
import { equalTokens, listenError } from './start-error.ts';
import { packageVersion } from './version.ts';
import { Watch } from './watch.ts';
import { watchedStore } from './watched-store.ts';

/** What a holder is made of. */
export interface HolderOptions {
  readonly plan: Plan;
  readonly lock: StoreLock;
  readonly environment: Environment;
  /** Beside those of the configuration. They belong to the caller, who closes them. */
  readonly backends: readonly Backend[];
  /** False: no TCP port. */
  readonly server: boolean;
  readonly clock?: Clock | undefined;
  readonly onNotify: (notification: Notification) => void;
  readonly onFault: (error: unknown, doing: string) => void;
  /** What requests for a reload call; rejects where it was refused. */
  readonly reload: () => Promise<void>;
  /** What is in force, for those who ask. */
  readonly standing: () => ConfigurationStanding;
}

/** The process that holds the store: its engine runs, its socket listens, its server too where wanted. */
export interface Holder {
  readonly engine: EmbeddedEngine;
  readonly address: string | null;
  /** Where the tokens are, for people; null without a TCP port. */
  readonly tokenPlaces: Readonly<Record<StandingRole, string>> | null;
  /**
   * Makes an admin's token where there has never been one; the secret, which is kept nowhere. Null: there was one, or
   * there is no TCP port at which it could be shown.
   */
  makeFirstAdmin(): string | null;
  /** Asks every backend whether it can be reached. */
  backendHealth(
    signal: AbortSignal,
  ): Promise<readonly { readonly backend: string; readonly health: BackendHealth }[]>;
  /** Which declared targets the backends do not know or do not hear; a sentence each. */
  silentTargets(signal: AbortSignal): Promise<readonly string[]>;
  /** What goes on running after the end; a sentence each. */
  remaining(signal: AbortSignal): Promise<readonly string[]>;
  /** Goes over to another plan. Rejects with a `SecretError`; then nothing has changed. */
  reload(plan: Plan): Promise<void>;
  /** In order: nobody comes in, the engine writes to its end, the store is closed and its lock released. */
  stop(): Promise<void>;
}

/** Releases the lock also where it fails to start. */
export async function startHolder(options: HolderOptions): Promise<Holder> {
  const closers = new Closers();
  closers.add(() => options.lock.release());
  try {
    return await open(options, closers);
  } catch (error) {
    await closers.close().catch(() => {});
    throw error;
  }
}

async function open(options: HolderOptions, closers: Closers): Promise<Holder> {
  const { plan, environment } = options;
  const { configuration } = plan;
  const { folder, retention } = configuration.store;
  const watch: Watch = new Watch({
    ...options,
    clock: options.clock,
    plan: () => live.plan,
    channels: () => notifications.notifier?.status() ?? [],
  });
  const { onFault } = watch;
  const opened = await openSqliteStore({ folder, retention, now: options.clock?.now ?? Date.now });
  const store = watchedStore(opened, watch.store);
  closers.add(() => store.close());
  const live: LiveSetup = await LiveSetup.make(plan, {
    environment,
    others: options.backends,
    onFault,
    onProbe: watch.onProbe,
  });
  closers.add(() => live.close());
  const { backends, setup } = live;
  const listening: { address: string | null } = { address: null };
  const notifications = await LiveNotifications.make(plan, {
    environment,
    clock: options.clock,
    address: () => listening.address,
    onFault,
  });
  closers.add(() => notifications.stop());
  const engine = await startEmbeddedEngine({
    store,
    ...setup,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    settings: {
      ...setup.settings,
      observe: { okHeartbeatMs: configuration.timing.reportHeartbeatOkMs },
    },
    onNotify: (notification) => {
      options.onNotify(notification);
      return notifications.take(notification);
    },
    onFault,
    onIntake: watch.onIntake,
  });
  closers.add(() => engine.stop());
  // What was not told yet is read meanwhile; nothing waits for it.
  void notifications.follow(engine);
  closers.add(async () => watch.stop());
  await watch.start(engine, store, live);
  closers.add(() => live.stopHearing());
  await live.startHearing(engine);
  const room = openRoom(options, store, watch.refusals);
  closers.add(async () => room.close());
  const serve = serverOver(
    engine,
    { ...options, onFault },
    {
      live,
      notifications,
      watch,
      answers: store.answers,
      room,
      address: () => listening.address,
    },
    closers,
  );
  const socketPath = localSocketPath(folder);
  await prepareSocketPlace(socketPath);
  await serve({ type: 'local' }, { socketPath });
  const { address, tokenPlaces } = options.server
    ? await openTcp(options, room, serve)
    : { address: null, tokenPlaces: null };
  listening.address = address;
  return {
    engine,
    address,
    tokenPlaces,
    makeFirstAdmin: () => (address === null ? null : makeFirstAdmin(room)),
    backendHealth: (signal) =>
      Promise.all(
        backends.map(async (backend) => ({ backend: backend.name, health: await backend.check(signal) })),
      ),
    silentTargets: (signal) => silentTargets(live.plan, backends, signal),
    remaining: async (signal) => {
      const asked = backends.map((backend) => backend.remaining?.(signal) ?? []);
      return (await Promise.all(asked)).flat();
    },
    reload: async (next) => {
      await live.replace(next, engine);
      await notifications.replace(next);
    },
    stop: () => closers.close(),
  };
}

interface Served {
  readonly answers: KeyedAnswers;
  /** Where it listens; null before, and where only on its local socket. */
  readonly address: () => string | null;
  readonly watch: Watch;
  readonly room: AccessRoom;
  readonly live: LiveSetup;
  readonly notifications: LiveNotifications;
}

type Serve = (access: Access, place: ListenPlace) => Promise<string>;

function serverOver(
  engine: EmbeddedEngine,
  options: HolderOptions,
  { live, notifications, watch, answers, room, address }: Served,
  closers: Closers,
): Serve {
  const facts = factsOf(options, engine, { desk: live.desk, watch, address });
  const figures = {
    requests: watch.requests,
    text: () => watch.text(),
    isOpen: options.plan.configuration.server.metrics === 'open',
    malformedReport: () => watch.onIntake({ what: 'report', result: 'malformed' }),
  };
  return async (access, place) => {
    const server = createServer(engine, {
      access,
      room,
      facts,
      backends: live.backends,
      playbooks: () => playbookSources(live.plan),
      sources: live.desk,
      notifications: () => notifications.notifier,
      monitors: () => live.monitors.view(),
      drills: drillDesk(live, options.environment),
      reload: options.reload,
      standing: options.standing,
      isReady: () => watch.isHealthy,
      figures,
      answers,
      onFailure: (error) => options.onFault(error, 'answering a request'),
    });
    closers.add(() => server.close());
    return server.listen(place);
  };
}

function drillDesk(live: LiveSetup, environment: Environment): DrillDesk {
  return new DrillDesk(
    () => live.plan.configuration.drills,
    () => createOutgoing({ allow: live.plan.configuration.outgoing.allow }),
    environment,
  );
}

function openRoom({ plan, clock }: HolderOptions, store: HealerStore, figures: RefusalFigures): AccessRoom {
  const { server } = plan.configuration;
  return createAccessRoom({
    configured: [],
    records: store.access,
    sessions: server.sessions,
    proxy: server.proxy ?? null,
    hosts: server.hosts,
    figures,
    now: clock?.now ?? Date.now,
  });
}

/** The tokens are read only now: whoever may open the socket is let in also while a secret's file hangs. */
async function openTcp(options: HolderOptions, room: AccessRoom, serve: Serve) {
  const { tokens, store } = options.plan.configuration;
  const read = await readTokens(tokens, store.folder, options.environment);
  if (new Set(read.tokens.map(({ token }) => token)).size < read.tokens.length) throw equalTokens();
  room.tokens.configure(read.tokens);
  const address = await serveTcp(options, { type: 'tokens', tokens: read.tokens }, serve);
  return { address, tokenPlaces: read.places };
}

async function serveTcp(options: HolderOptions, access: Access, serve: Serve): Promise<string> {
  const { server } = options.plan.configuration;
  try {
    return await serve(access, server);
  } catch (error) {
    throw listenError(error, server.host, server.port);
  }
}

function factsOf(
  { lock, standing }: HolderOptions,
  engine: EmbeddedEngine,
  { desk, watch, address }: { desk: SourceDesk; watch: Watch; address: () => string | null },
): () => HealerFacts {
  const { pid, startedAt } = lock.holder;
  const version = packageVersion();
  return () => ({
    version,
    pid,
    address: address(),
    startedAt,
    configuration: standing(),
    sources: Object.fromEntries(desk.counts()),
    health: watch.standing(),
    ledger: engine.ledger(),
  });
}
