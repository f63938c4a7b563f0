import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { MemberLine } from '#protocol/head-office/members.ts'
import { Badge } from '../../shared/badge.tsx'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { TextField } from '../../shared/field.tsx'
import { count, money, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { Table } from '../../shared/table.tsx'
import { may, useAnswer } from '../asking.ts'
import { Answered, Note, Panel, ScreenHead } from '../parts/screen.tsx'
import { addressOf } from '../routes.ts'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

/** What was looked for stays while one reads a record and comes back; it is in no address, since it may name somebody. */
const asked = signal('')

export function Members() {
  const [text, setText] = useState(asked.value)
  return (
    <>
      <ScreenHead title={say(frameWords.members)} line={say(words.line)} />
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault()
          asked.value = text.trim()
        }}
      >
        <TextField label={say(words.find)} quiet type="search" placeholder={say(words.find)} value={text} onInput={setText} />
        <Button look="main" icon="search" submits disabled={text.trim().length < 2}>
          {say(words.search)}
        </Button>
      </form>
      <Panel>{asked.value.length < 2 ? <Empty title={say(words.begin)} /> : <Found find={asked.value} />}</Panel>
    </>
  )
}

function Found({ find }: { find: string }) {
  const found = useAnswer('members', { find })
  return (
    <Answered asked={found}>
      {({ members, whole }) =>
        members.length === 0 ? (
          <Empty title={say(words.nobody)}>{say(words.nobodyWay)}</Empty>
        ) : (
          <>
            <Table caption={say(frameWords.members)} rows={members} keyOf={({ number }) => number} columns={columns()} />
            {!whole && <Note tone="warn">{say(words.more)}</Note>}
          </>
        )
      }
    </Answered>
  )
}

const columns = () => [
  {
    key: 'name',
    title: say(words.name),
    cell: (one: MemberLine) => (
      <>
        <Name member={one} /> {one.erased && <Badge tone="idle">{say(words.erased)}</Badge>}
      </>
    ),
  },
  { key: 'number', title: say(words.number), cell: (one: MemberLine) => <Code>{one.number}</Code> },
  {
    key: 'mobile',
    title: say(words.mobile),
    minor: true as const,
    cell: (one: MemberLine) => (one.mobile === undefined ? say(frameWords.none) : <Code>{`•••${one.mobile}`}</Code>),
  },
  { key: 'tier', title: say(words.tier), minor: true as const, cell: (one: MemberLine) => one.tier ?? say(frameWords.none) },
  {
    key: 'visits',
    title: say(words.visits),
    figure: true as const,
    minor: true as const,
    order: (one: MemberLine) => one.visits,
    cell: (one: MemberLine) => count(one.visits),
  },
  {
    key: 'last',
    title: say(words.lastVisit),
    figure: true as const,
    minor: true as const,
    order: (one: MemberLine) => one.lastVisitAt ?? '',
    cell: (one: MemberLine) => (one.lastVisitAt === undefined ? say(frameWords.none) : shortInstant(one.lastVisitAt)),
  },
  {
    key: 'credit',
    title: say(words.credit),
    figure: true as const,
    order: (one: MemberLine) => one.credit,
    cell: (one: MemberLine) => money(one.credit),
  },
]

function Name({ member }: { member: MemberLine }) {
  const name = <bdi>{member.displayName ?? say(words.noName)}</bdi>
  return may('member') ? <a href={addressOf('member', member.number)}>{name}</a> : name
}
