import type { ComponentChildren } from 'preact'
import { say } from '../../shared/language.ts'
import { Failure, Loading } from '../../shared/states.tsx'
import { words as sharedWords } from '../../shared/words.ts'
import type { Asked } from '../asking.ts'
import type { OfficeProblem } from '../session.ts'
import './screen.css'

/** A screen's head: what it is, one line of what it says, and what can be done on it. */
export function ScreenHead({
  title,
  line,
  children,
}: {
  title: ComponentChildren
  line?: ComponentChildren
  children?: ComponentChildren
}) {
  return (
    <header class="screen-head">
      <div>
        <h1>{title}</h1>
        {line !== undefined && <p class="screen-line">{line}</p>}
      </div>
      {children !== undefined && <div class="screen-actions">{children}</div>}
    </header>
  )
}

export function Panel({
  title,
  aside,
  flat,
  children,
}: {
  title?: ComponentChildren
  aside?: ComponentChildren
  flat?: true
  children: ComponentChildren
}) {
  return (
    <section class={flat ? 'panel panel-flat' : 'panel'}>
      {title !== undefined && (
        <header class="panel-head">
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  )
}

/** What a question brought, while it is on its way, and where it failed. An old answer stays below a failure. */
export function Answered<Answer>({ asked, children }: { asked: Asked<Answer>; children: (answer: Answer) => ComponentChildren }) {
  const { answer, problem, again } = asked
  return (
    <>
      {problem && <ProblemNote problem={problem} onAgain={again} />}
      {answer === undefined ? !problem && <Loading /> : children(answer)}
    </>
  )
}

export function ProblemNote({ problem, onAgain }: { problem: OfficeProblem; onAgain?: () => void }) {
  const detail =
    problem.key === 'offline'
      ? say(sharedWords.offlineWay)
      : problem.key === 'silent'
        ? say(sharedWords.noAnswerWay)
        : problem.message === problem.key
          ? undefined
          : problem.message
  return <Failure title={say(problem.title)} detail={detail} {...(onAgain ? { onAgain } : {})} />
}

/** Something that was done, or a word of caution, in one line. */
export const Note = ({ tone, children }: { tone: 'good' | 'warn' | 'bad'; children: ComponentChildren }) => (
  <div class={`note note-${tone}`} role="status">
    {children}
  </div>
)

/** Figures in a row, each with its name. */
export function Figures({ children, layout }: { children: ComponentChildren; layout?: string }) {
  return <dl class={layout ? `figures ${layout}` : 'figures'}>{children}</dl>
}

export function Figure({ name, tone, children }: { name: string; tone?: 'warn' | 'bad'; children: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class={tone && `figure-${tone}`}>{children}</dd>
    </div>
  )
}

/** Names and values below one another. */
export function Facts({ rows }: { rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
