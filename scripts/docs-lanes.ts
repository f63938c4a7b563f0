// `npm run docs:lanes` draws docs/lanes.md's diagrams from the lane's own tables; `-- --check` fails where they are old.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bookingMoves, holdMoves, transitions } from '#gateway/lane/transitions.ts'

const file = join(import.meta.dirname, '../docs/lanes.md')

function phases(): string {
  const arrows = new Map<string, string[]>()
  for (const { from, on, to } of transitions)
    for (const one of from) if (one !== to) arrows.set(`${one} --> ${to}`, [...(arrows.get(`${one} --> ${to}`) ?? []), on])
  const drawn = [...arrows].map(([arrow, events]) => `    ${arrow}: ${events.join(', ')}`)
  const rows = transitions.map(({ from, on, to, when }) => {
    const stays = from.length === 1 && from[0] === to
    return `| ${on} | ${from.length === 7 ? 'any' : from.join(', ')} | ${stays ? '(stays)' : to} | ${when} |`
  })
  return [
    '```mermaid',
    'stateDiagram-v2',
    '    [*] --> idle',
    ...drawn,
    '```',
    '',
    '| what happens | in | then | |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function stages(moves: Readonly<Record<string, readonly string[]>>): string {
  const named = (stage: string) => (stage === 'new' || stage === 'over' ? '[*]' : stage)
  const arrows = Object.entries(moves).flatMap(([from, next]) => next.map((to) => `    ${named(from)} --> ${named(to)}`))
  return ['```mermaid', 'stateDiagram-v2', '    direction LR', ...arrows, '```'].join('\n')
}

const drawings: Record<string, string> = { phases: phases(), holds: stages(holdMoves), bookings: stages(bookingMoves) }

const before = readFileSync(file, 'utf8')
let after = before
for (const [name, text] of Object.entries(drawings)) {
  const block = new RegExp(`(<!-- drawn: ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`)
  if (!block.test(after)) throw new Error(`docs/lanes.md has no place for ${name}`)
  after = after.replace(block, (_, open, close) => `${open}\n${text}\n\n${close}`)
}
if (!process.argv.includes('--check')) writeFileSync(file, after)
else if (after !== before) {
  process.stderr.write('docs/lanes.md is not what gateway/lane/transitions.ts says: run `npm run docs:lanes` and commit\n')
  process.exit(1)
}
process.stdout.write('docs/lanes.md: drawn from the lane’s tables\n')
