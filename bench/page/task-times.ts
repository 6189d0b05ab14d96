/** Of Chromium's trace, the part that is looked at. Times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ph: string;
  /** The processor time of the thread; left out where the thread did nothing. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export const traceCategories = ['-*', 'toplevel', '__metadata'];

/** The processor time of each task of the page's own thread, in ms; what else the machine does is no part of it. */
export function taskTimes(trace: string): readonly number[] {
  const { traceEvents } = JSON.parse(trace) as { traceEvents: readonly TraceEvent[] };
  const pages = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return traceEvents
    .filter(({ name, ph, pid, tid }) => isTask(name, ph) && pages.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1_000);
}

function isTask(name: string, phase: string): boolean {
  return name === 'ThreadControllerImpl::RunTask' && phase === 'X';
}
