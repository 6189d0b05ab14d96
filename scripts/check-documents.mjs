// Links between the documents lead somewhere, and every npm script that a document names exists.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './setup/node-modules.mjs';

const documents = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const problems = [];
for (const document of documents) {
  const text = readFileSync(join(root, document), 'utf8');
  for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link) || link.startsWith('#')) continue;
    const path = join(root, dirname(document), link.replace(/#.*$/, ''));
    if (!existsSync(path)) problems.push(`${document}: the link ${link} leads nowhere`);
  }
  for (const [, script] of text.matchAll(/\bnpm run ([a-z][a-z:-]*)/g)) {
    if (!(script in scripts))
      problems.push(`${document}: names \`npm run ${script}\`, which package.json does not have`);
  }
}
process.stdout.write(
  problems.length === 0 ? `${documents.length} documents checked\n` : `${problems.join('\n')}\n`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
