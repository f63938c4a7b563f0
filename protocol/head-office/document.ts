import { headOfficeRequests, officeRequestNames } from './requests.ts'
import { type Role, roleNames, roles } from './roles.ts'

const mark = (allowed: readonly string[], role: Role) => (allowed.includes(role) ? '✓' : '')

/** docs/head-office-requests.md: who may ask for what, from the requests themselves. */
export function officeDocument(): string {
  const head = ['request', ...roles.map((role) => roleNames[role].en), 'second approval', 'what it is']
  const rows = officeRequestNames.map((name) => {
    const { kind, roles: allowed, meaning, ...more } = headOfficeRequests[name]
    const second = 'second' in more ? (more.second as readonly Role[]).map((role) => roleNames[role].en).join(', ') : ''
    return [
      `${kind === 'change' ? '**' : ''}\`${name}\`${kind === 'change' ? '**' : ''}`,
      ...roles.map((role) => mark(allowed, role)),
      second,
      meaning.replaceAll('|', '\\|'),
    ]
  })
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return `# What each role may ask of head office

Generated from \`protocol/head-office/\` by \`npm run docs:protocol\`; [head-office.md](head-office.md) tells of it in words. What
is **bold** changes something: it is written into the audit log, whatever comes of it. The messages themselves are in
[protocol/asyncapi.json](protocol/asyncapi.json) (\`x-office-requests\`).

${line(head)}
${line(head.map(() => '---'))}
${rows.map(line).join('\n')}
`
}
