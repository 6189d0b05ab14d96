import { parseReport, type Report, type ReportRefusal, reportLimits } from '@prunella/protocol';
import { reportProblem } from '../../access/binding.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Caller } from '../access.ts';
import { RequestProblem } from '../problem.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const declaration = {
  id: 'report',
  method: 'POST',
  path: '/v1/reports',
  summary: 'What the guards of an application see',
  description:
    'Each report is taken or refused by itself, and the answer is 202. Only a request of which nothing could be read is a 400: its sender is broken, and must not take it for success.',
  role: 'reporter',
  readsBody: 'ReportRequest',
  intake: true,
  answer: { status: 202, shape: 'ReportResponse', description: 'What was taken; what was refused is named.' },
  problems: ['malformed', 'too-many-reports', 'overloaded'],
} as const satisfies RouteDeclaration;

export function reportRoutes(add: AddRoute, engine: Engine, onMalformed: () => void): void {
  add(declaration, ({ request, caller }) => {
    const reports = reportsIn(request.body);
    const refused: ReportRefusal[] = [];
    let firstMalformed: RequestProblem | null = null;
    let readable = 0;
    for (const [index, value] of reports.entries()) {
      const parsed = parseReport(value);
      if (parsed.ok) {
        readable += 1;
        const refusal = unbound(caller, parsed.report) ?? engine.report(parsed.report);
        if (refusal !== null) refused.push(refusal);
        continue;
      }
      onMalformed();
      const field = parsed.field === '' ? `reports[${index}]` : `reports[${index}].${parsed.field}`;
      const reason = `${field}: ${parsed.problem}`;
      refused.push({ instance: instanceOf(value), code: parsed.code, reason });
      if (parsed.code === 'malformed') firstMalformed ??= new RequestProblem('malformed', reason, field);
      else readable += 1;
    }
    if (firstMalformed !== null && readable === 0) throw firstMalformed;
    return { accepted: reports.length - refused.length, refused };
  });
}

/** A token that is bound to services and resources speaks for no others. */
function unbound(caller: Caller | null, report: Report): ReportRefusal | null {
  const reason = caller === null ? null : reportProblem(caller, report);
  return reason === null ? null : { instance: report.instance, code: 'not-allowed', reason };
}

function reportsIn(body: unknown): readonly unknown[] {
  const reports = typeof body === 'object' && body !== null && 'reports' in body ? body.reports : undefined;
  if (!Array.isArray(reports)) {
    throw new RequestProblem('malformed', 'reports: expected a list of reports in an object', 'reports');
  }
  if (reports.length > reportLimits.reportsPerRequest) {
    throw new RequestProblem(
      'too-many-reports',
      `at most ${reportLimits.reportsPerRequest} reports fit into one request, got ${reports.length}: send them in several`,
      'reports',
    );
  }
  return reports;
}

/** Of a report that could not be read, as far as it says. */
function instanceOf(value: unknown): string {
  const instance =
    typeof value === 'object' && value !== null && 'instance' in value ? value.instance : undefined;
  return typeof instance === 'string' ? instance.slice(0, reportLimits.nameLength) : '';
}
