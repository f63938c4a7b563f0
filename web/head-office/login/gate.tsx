import type { ComponentChildren } from 'preact'
import { say } from '../../shared/language.ts'
import mark from '../../shared/mark.svg'
import { LanguageSwitch, ThemeSwitch } from '../../shared/switches.tsx'
import { words as sharedWords } from '../../shared/words.ts'
import { Note } from '../parts/screen.tsx'
import type { OfficeProblem } from '../session.ts'
import './gate.css'

interface GateProps {
  title: string
  line?: string
  problem: OfficeProblem | undefined
  onSubmit: () => void
  children: ComponentChildren
}

/** The small form before the door. */
export function Gate({ title, line, problem, onSubmit, children }: GateProps) {
  return (
    <main class="gate">
      <form
        class="gate-form"
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
      >
        <p class="gate-mark">
          <img src={mark} alt="" width="40" height="40" />
          <span>{say(sharedWords.appName)}</span>
        </p>
        <h1>{title}</h1>
        {line !== undefined && <p class="faint">{line}</p>}
        {problem && (
          <div role="alert">
            <Note tone="bad">{say(problem.title)}</Note>
          </div>
        )}
        {children}
      </form>
      <div class="gate-switches">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
    </main>
  )
}
