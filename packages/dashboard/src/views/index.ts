import { IncidentView } from './incident/incident-view.tsx';
import { IncidentsView } from './incidents/incidents-view.tsx';
import { NowView } from './now/now-view.tsx';
import { PlaybookView } from './playbook/playbook-view.tsx';
import { PlaybooksView } from './playbooks/playbooks-view.tsx';
import { ResourceView } from './resources/resource-view.tsx';
import { ResourcesView } from './resources/resources-view.tsx';
import type { View } from './view.ts';

/** Every view of the page by its address. */
export const views: readonly View[] = [
  { pattern: '/', title: () => 'Now', component: NowView },
  { pattern: '/incidents', title: () => 'Incidents', component: IncidentsView },
  {
    pattern: '/incidents/:incident',
    title: ({ incident = '' }) => `Incident ${incident}`,
    component: IncidentView,
  },
  { pattern: '/resources', title: () => 'Resources', component: ResourcesView },
  {
    pattern: '/resources/:kind/:name',
    title: ({ kind = '', name = '' }) => `${kind}/${name}`,
    component: ResourceView,
  },
  { pattern: '/playbooks', title: () => 'Playbooks', component: PlaybooksView },
  {
    pattern: '/playbooks/:playbook',
    title: ({ playbook = '' }) => `Playbook ${playbook}`,
    component: PlaybookView,
  },
];

/** What leads through the page, in its order. */
export const navigation: readonly { readonly href: string; readonly label: string }[] = [
  { href: '/', label: 'Now' },
  { href: '/incidents', label: 'Incidents' },
  { href: '/resources', label: 'Resources' },
  { href: '/playbooks', label: 'Playbooks' },
];
