import { useState } from 'preact/hooks'
import type { Proposal } from '#protocol/head-office/office.ts'
import { Badge, type Tone } from '../../shared/badge.tsx'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { count, money, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { Table } from '../../shared/table.tsx'
import { may, useAnswer, useDoing } from '../asking.ts'
import { Answered, Facts, Note, Panel, ProblemNote, ScreenHead } from '../parts/screen.tsx'
import { Changes } from '../programme/changes.tsx'
import { addressOf } from '../routes.ts'
import { session } from '../session.ts'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'
import './approvals.css'

const titles: Readonly<Record<string, { fa: string; en: string }>> = {
  'credit-adjust': words.creditAdjust,
  'programme-publish': words.programmePublish,
  'programme-roll-back': words.programmeRollBack,
}
const titleOf = (name: string) => (titles[name] ? say(titles[name]) : name)

const statuses: Record<Proposal['status'], { text: { fa: string; en: string }; tone: Tone }> = {
  waiting: { text: words.statusWaiting, tone: 'warn' },
  done: { text: words.statusDone, tone: 'good' },
  refused: { text: words.statusRefused, tone: 'bad' },
  withdrawn: { text: words.statusWithdrawn, tone: 'idle' },
  lapsed: { text: words.statusLapsed, tone: 'idle' },
}

/** The second pair of eyes. */
export function Approvals() {
  const asked = useAnswer('proposals', {})
  const doing = useDoing()
  const [done, setDone] = useState(false)
  async function decide(name: 'approve' | 'refuse', { proposalid }: Proposal) {
    setDone(false)
    const answer = await doing.act(name, { proposalid })
    if (answer && name === 'approve') setDone(true)
    asked.again()
  }
  return (
    <>
      <ScreenHead title={say(frameWords.approvals)} line={say(words.line)} />
      {done && <Note tone="good">{say(words.done)}</Note>}
      {doing.problem && <ProblemNote problem={doing.problem} />}
      <Answered asked={asked}>
        {({ proposals }) => {
          const waiting = proposals.filter(({ status }) => status === 'waiting')
          const decided = proposals.filter(({ status }) => status !== 'waiting')
          return (
            <>
              <Panel title={say(words.waiting)}>
                {waiting.length === 0 ? (
                  <Empty title={say(words.nothing)} />
                ) : (
                  <ul class="approvals panel-full">
                    {waiting.map((one) => (
                      <Waiting
                        key={one.proposalid}
                        proposal={one}
                        busy={doing.busy}
                        onDecide={(name) => void decide(name, one)}
                      />
                    ))}
                  </ul>
                )}
              </Panel>
              <Panel title={say(words.decided)}>
                {decided.length === 0 ? <Empty title={say(words.nothingDecided)} /> : <Decided proposals={decided} />}
              </Panel>
            </>
          )
        }}
      </Answered>
    </>
  )
}

function Waiting(props: { proposal: Proposal; busy: boolean; onDecide: (name: 'approve' | 'refuse') => void }) {
  const { proposal, busy, onDecide } = props
  const own = proposal.by === session.value?.user.name
  return (
    <li class="approval" data-proposal={proposal.name}>
      <div class="stack">
        <p>
          <strong>{titleOf(proposal.name)}</strong>{' '}
          <small class="faint">
            {say(words.by, { name: proposal.by, time: shortInstant(proposal.at) })} ·{' '}
            {say(words.lapses, { time: shortInstant(proposal.lapsesat) })}
          </small>
        </p>
        <Contents proposal={proposal} />
      </div>
      <div class="approval-actions">
        {may('approve') && (
          <Button look="main" icon="check" busy={busy} disabled={!proposal.may} onPress={() => onDecide('approve')}>
            {say(words.approve)}
          </Button>
        )}
        {may('refuse') && (
          <Button busy={busy} disabled={!own && !proposal.may} onPress={() => onDecide('refuse')}>
            {say(own ? words.withdraw : words.refuse)}
          </Button>
        )}
        {!proposal.may && <p class="faint">{say(own ? words.yours : words.notYours)}</p>}
      </div>
    </li>
  )
}

/** What is to be agreed to, in full: nobody agrees to a number. */
function Contents({ proposal }: { proposal: Proposal }) {
  const data = (proposal.data ?? {}) as { number?: string; amount?: number; why?: string; text?: string; version?: number }
  const rows: [string, preact.ComponentChildren][] = []
  if (data.number !== undefined)
    rows.push([
      say(words.member),
      may('member') ? (
        <a href={addressOf('member', data.number)}>
          <Code>{data.number}</Code>
        </a>
      ) : (
        <Code>{data.number}</Code>
      ),
    ])
  if (data.amount !== undefined) rows.push([say(words.amount), <strong>{money(data.amount)}</strong>])
  if (data.version !== undefined) rows.push([say(words.version), count(data.version)])
  if (data.why !== undefined) rows.push([say(frameWords.why), <bdi>{data.why}</bdi>])
  return (
    <>
      <Facts rows={rows} />
      {data.text !== undefined && may('programme-diff') && <ProposedChanges text={data.text} />}
    </>
  )
}

function ProposedChanges({ text }: { text: string }) {
  const asked = useAnswer('programme-diff', { text })
  return <Answered asked={asked}>{({ changes }) => <Changes changes={changes} />}</Answered>
}

function Decided({ proposals }: { proposals: readonly Proposal[] }) {
  return (
    <Table
      caption={say(words.decided)}
      rows={proposals}
      keyOf={({ proposalid }) => proposalid}
      columns={[
        { key: 'at', title: say(frameWords.when), cell: (one) => shortInstant(one.decidedAt ?? one.at) },
        {
          key: 'what',
          title: say(words.what),
          cell: (one) => (
            <>
              {titleOf(one.name)} <Code>{one.subject}</Code>
            </>
          ),
        },
        { key: 'who', title: say(words.who), minor: true, cell: (one) => <bdi>{one.by}</bdi> },
        {
          key: 'decided',
          title: say(words.decidedBy),
          minor: true,
          cell: (one) => <bdi>{one.decidedBy ?? say(frameWords.none)}</bdi>,
        },
        {
          key: 'status',
          title: say(words.status),
          cell: (one) => <Badge tone={statuses[one.status].tone}>{say(statuses[one.status].text)}</Badge>,
        },
      ]}
    />
  )
}
