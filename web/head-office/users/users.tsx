import { useState } from 'preact/hooks'
import type { OfficeUser } from '#protocol/head-office/office.ts'
import { Badge } from '../../shared/badge.tsx'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { count, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { type Column, Table } from '../../shared/table.tsx'
import { may, useAnswer } from '../asking.ts'
import { Answered, Panel, ScreenHead } from '../parts/screen.tsx'
import { roleNames } from '../role-names.ts'
import { words as frameWords } from '../words.ts'
import { UserDialog } from './user-dialog.tsx'
import { words } from './words.ts'
import './users.css'

/** Who may log in, and what each role may. */
export function Users() {
  const asked = useAnswer('users', {})
  const [editing, setEditing] = useState<OfficeUser | 'new'>()
  const [fresh, setFresh] = useState<{ name: string; password: string }>()
  return (
    <>
      <ScreenHead title={say(frameWords.users)} line={say(words.line)}>
        {may('user-add') && (
          <Button look="main" icon="plus" onPress={() => setEditing('new')}>
            {say(words.add)}
          </Button>
        )}
      </ScreenHead>
      <Answered asked={asked}>
        {({ users, roles }) => (
          <>
            <Panel>
              <Table caption={say(frameWords.users)} rows={users} keyOf={({ name }) => name} columns={columns(setEditing)} />
            </Panel>
            <Panel title={say(words.roles)}>
              <Table
                caption={say(words.roles)}
                rows={roles}
                keyOf={({ role }) => role}
                columns={[
                  { key: 'role', title: say(words.role), cell: (one) => <strong>{say(roleNames[one.role])}</strong> },
                  {
                    key: 'may',
                    title: say(words.may),
                    cell: (one) => (
                      <bdi class="code faint user-may" dir="ltr">
                        {one.may.join(' · ')}
                      </bdi>
                    ),
                  },
                ]}
              />
            </Panel>
          </>
        )}
      </Answered>
      {editing && (
        <UserDialog
          user={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onDone={(told) => {
            setEditing(undefined)
            setFresh(told)
            asked.again()
          }}
        />
      )}
      {fresh && (
        <Dialog title={say(words.passwordTitle)} onClose={() => setFresh(undefined)}>
          <p>{say(words.passwordLine, { name: fresh.name })}</p>
          <p class="one-time">
            <Code>{fresh.password}</Code>
          </p>
        </Dialog>
      )}
    </>
  )
}

const columns = (onEdit: (user: OfficeUser) => void): Column<OfficeUser>[] => [
  {
    key: 'name',
    title: say(words.name),
    cell: (one) => (
      <>
        <bdi>{one.title ?? one.name}</bdi> {one.title !== undefined && <Code>{one.name}</Code>}{' '}
        {one.mustChange && <Badge tone="warn">{say(words.oneTime)}</Badge>}
      </>
    ),
  },
  { key: 'role', title: say(words.role), cell: (one) => say(roleNames[one.role]) },
  {
    key: 'stores',
    title: say(words.stores),
    minor: true,
    cell: (one) => (one.stores.length === 0 ? say(words.all) : <Code>{one.stores.join(' ')}</Code>),
  },
  {
    key: 'last',
    title: say(words.lastLogin),
    minor: true,
    cell: (one) => (
      <>
        {one.lastLoginAt === undefined ? say(words.never) : shortInstant(one.lastLoginAt)}{' '}
        {one.sessions > 0 && <Badge tone="good">{say(words.sessions, { count: count(one.sessions) })}</Badge>}
      </>
    ),
  },
  ...(may('user-role')
    ? [
        {
          key: 'edit',
          title: say(frameWords.act),
          figure: true as const,
          cell: (one: OfficeUser) => <Button onPress={() => onEdit(one)}>{say(words.edit)}</Button>,
        },
      ]
    : []),
]
