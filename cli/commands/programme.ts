import { readProgramme } from '#club/programmes/files.ts'
import { compareProgrammes, type ProgrammeChange } from '#programme/differences.ts'
import { explainProgramme } from '#programme/explain.ts'
import { explainSettings } from '#programme/explain-settings.ts'
import type { Localised } from '#protocol/text.ts'

/** `vafa programme check FILE`: one line where it is right; else an error that names every wrong line. */
export function check(file: string): void {
  const { id, version, rules } = readProgramme(file)
  process.stdout.write(`${file}: ok, programme “${id}” version ${version}, ${counted(rules.length)}\n`)
}

/** `vafa programme explain FILE`: what it settles and each rule as a sentence, in both languages. */
export function explain(file: string): void {
  const programme = readProgramme(file)
  for (const { name, text } of explainSettings(programme)) process.stdout.write(`${name}\n${indented(text)}`)
  for (const { ruleid, text } of explainProgramme(programme)) process.stdout.write(`${ruleid}\n${indented(text)}`)
}

/** `vafa programme diff OLD NEW`: what another version would change, in words. */
export function diff(oldFile: string, newFile: string): void {
  const changes = compareProgrammes(readProgramme(oldFile), readProgramme(newFile))
  process.stdout.write(changes.length === 0 ? 'nothing changes\n' : changes.map(changeText).join(''))
}

function changeText({ what, name, before, after }: ProgrammeChange): string {
  if (what === 'setting') return `${name}: ${before?.en} → ${after?.en}\n`
  const was = before ? (what === 'changed' ? `  before:\n${indented(before)}` : indented(before)) : ''
  const is = after ? (what === 'changed' ? `  after:\n${indented(after)}` : indented(after)) : ''
  return `${what}: ${name}\n${was}${is}`
}

const indented = ({ fa, en }: Localised) => `    ${fa}\n    ${en}\n`
const counted = (rules: number) => `${rules} rule${rules === 1 ? '' : 's'}`
