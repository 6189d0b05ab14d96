import type { MonitorView } from '../../monitors/monitor.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const listMonitors = {
  id: 'listMonitors',
  method: 'GET',
  path: '/v1/monitors',
  summary: 'How each monitor of the configuration stands',
  role: 'viewer',
  answer: { status: 200, shape: 'Monitors', description: 'All of them, in the order of the configuration.' },
} as const satisfies RouteDeclaration;

export function monitorRoutes(add: AddRoute, monitors: () => readonly MonitorView[]): void {
  add(listMonitors, () => ({ items: monitors() }));
}
