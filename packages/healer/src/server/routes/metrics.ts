import { metricsMediaType } from '../../metrics/metric.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';
import type { ServerFigures } from '../server-figures.ts';

const declaration = {
  id: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  summary: "Figures in Prometheus' text format",
  description: 'With `server: { metrics: open }` in `prunella.yaml` it needs no token.',
  role: 'viewer',
  answer: {
    status: 200,
    mediaType: 'text/plain',
    description: 'All figures, from the start of the healer on.',
  },
} as const satisfies RouteDeclaration;

export function metricsRoute(add: AddRoute, { isOpen, text }: Pick<ServerFigures, 'isOpen' | 'text'>): void {
  add(isOpen ? { ...declaration, role: null } : declaration, async ({ reply }) => {
    reply.type(metricsMediaType);
    return text();
  });
}
