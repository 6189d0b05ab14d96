import { render } from 'preact';
import { App } from './app/app.tsx';
import { followLinks } from './app/router.ts';

followLinks();
const place = document.getElementById('page');
if (place !== null) render(<App />, place);
