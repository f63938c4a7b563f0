import { useState } from 'preact/hooks'
import type { OfficeMember } from '#protocol/head-office/members.ts'
import { Badge } from '../../shared/badge.tsx'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { count, day, instant, money, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Table } from '../../shared/table.tsx'
import { may, useAnswer } from '../asking.ts'
import { credentialName } from '../event-names.ts'
import { Amount } from '../parts/amount.tsx'
import { Answered, Facts, Figure, Figures, Note, Panel, ScreenHead } from '../parts/screen.tsx'
import { addressOf, goTo } from '../routes.ts'
import { words as frameWords } from '../words.ts'
import { AdjustDialog } from './adjust.tsx'
import { EraseDialog } from './erase.tsx'
import { Timeline } from './timeline.tsx'
import { words } from './words.ts'
import './member.css'

/** Everything that the club has of one person. */
export function MemberScreen({ of }: { of: string }) {
  const asked = useAnswer('member', { number: of })
  const [open, setOpen] = useState<'adjust' | 'erase'>()
  const [sent, setSent] = useState(false)
  const member = asked.answer
  return (
    <>
      <ScreenHead
        title={<bdi>{member?.profile.displayName ?? say(frameWords.member)}</bdi>}
        line={
          <>
            <Code>{of}</Code> {member?.tier !== undefined && <Badge tone="accent">{member.tier}</Badge>}{' '}
            {member?.erasedAt !== undefined && <Badge tone="idle">{say(words.erased)}</Badge>}
          </>
        }
      >
        <Button look="plain" icon="back" onPress={() => goTo('members')}>
          {say(frameWords.members)}
        </Button>
        {may('credit-adjust') && member && member.erasedAt === undefined && (
          <Button onPress={() => setOpen('adjust')}>{say(words.adjust)}</Button>
        )}
        {may('member-erase') && member && member.erasedAt === undefined && (
          <Button look="danger" onPress={() => setOpen('erase')}>
            {say(words.erase)}
          </Button>
        )}
      </ScreenHead>
      {sent && (
        <Note tone="good">
          {say(frameWords.waitsForSecond)} <a href={addressOf('approvals')}>{say(frameWords.toApprovals)}</a>
        </Note>
      )}
      <Answered asked={asked}>{(answer) => <Record member={answer} />}</Answered>
      {open === 'adjust' && (
        <AdjustDialog
          number={of}
          onClose={() => setOpen(undefined)}
          onSent={() => {
            setOpen(undefined)
            setSent(true)
          }}
        />
      )}
      {open === 'erase' && (
        <EraseDialog
          number={of}
          onClose={() => setOpen(undefined)}
          onErased={() => {
            setOpen(undefined)
            asked.again()
          }}
        />
      )}
    </>
  )
}

function Record({ member }: { member: OfficeMember }) {
  const credit = member.balances.find(({ unit }) => unit === 'credit')
  return (
    <>
      <Figures>
        <Figure name={say(words.credit)}>
          <Amount of={credit?.available ?? 0} />
        </Figure>
        {member.balances
          .filter(({ unit }) => unit !== 'credit')
          .map((one) => (
            <Figure
              key={`${one.unit} ${one.name}`}
              name={`${say(one.unit === 'points' ? words.points : words.stamps)} ${one.name ?? ''}`}
            >
              {count(one.available)}
            </Figure>
          ))}
        <Figure name={say(words.visits)}>{count(member.visits)}</Figure>
        <Figure name={say(words.purchases)}>{count(member.purchases)}</Figure>
        <Figure name={say(words.lastVisit)}>
          {member.lastVisitAt === undefined ? say(frameWords.none) : shortInstant(member.lastVisitAt)}
        </Figure>
      </Figures>
      <div class="member-columns">
        <div>
          <Panel title={say(words.timeline)}>
            <Timeline number={member.number} />
          </Panel>
        </div>
        <div>
          {may('member-insight') && <Known number={member.number} />}
          <Panel title={say(words.profile)}>
            <Facts rows={profileRows(member)} />
          </Panel>
          <Panel title={say(words.credentials)}>
            <Table
              caption={say(words.credentials)}
              rows={member.credentials}
              keyOf={(one, index) => `${one.kind} ${one.linkedAt} ${index}`}
              columns={[
                { key: 'kind', title: say(words.kind), cell: (one) => credentialName(one.kind) },
                { key: 'linked', title: say(words.linked), cell: (one) => shortInstant(one.linkedAt) },
                {
                  key: 'state',
                  title: say(words.state),
                  cell: (one) => <Badge tone={one.state ? 'bad' : 'good'}>{say(words[one.state ?? 'active'])}</Badge>,
                },
              ]}
            />
          </Panel>
          {member.household && (
            <Panel title={say(words.household)}>
              <Table
                caption={say(words.household)}
                rows={member.household.members}
                keyOf={({ number }) => number}
                columns={[
                  {
                    key: 'number',
                    title: say(words.number),
                    cell: (one) => (
                      <a href={addressOf('member', one.number)}>
                        <Code>{one.number}</Code>
                      </a>
                    ),
                  },
                  { key: 'credit', title: say(words.credit), figure: true, cell: (one) => money(one.credit) },
                ]}
              />
            </Panel>
          )}
          {member.consents.length > 0 && (
            <Panel title={say(words.consents)}>
              <Facts
                rows={member.consents.map((one) => [
                  purposes[one.purpose] === undefined ? one.purpose : say(purposes[one.purpose]),
                  <>
                    {say(one.given ? frameWords.yes : frameWords.no)} <small class="faint">{shortInstant(one.at)}</small>
                  </>,
                ])}
              />
            </Panel>
          )}
        </div>
      </div>
    </>
  )
}

/** What the club has found out, in sentences. */
function Known({ number }: { number: string }) {
  const asked = useAnswer('member-insight', { number })
  if (asked.answer?.words.length === 0) return null
  return (
    <Panel title={say(words.known)}>
      <Answered asked={asked}>
        {(answer) => (
          <ul class="member-known">
            {answer.words.map((one) => (
              <li key={one.en}>{say(one)}</li>
            ))}
          </ul>
        )}
      </Answered>
    </Panel>
  )
}

const purposes = {
  club: { fa: 'پیام باشگاه', en: 'Club messages' },
  promotion: { fa: 'تبلیغ', en: 'Promotion' },
  survey: { fa: 'نظرسنجی', en: 'Surveys' },
  fingerprint: { fa: 'نگهداری اثر انگشت', en: 'Keeping a finger' },
}

function profileRows(member: OfficeMember) {
  const { profile } = member
  const rows: [string, preact.ComponentChildren][] = [
    [
      say(words.enrolled),
      say(words.enrolledIn, {
        time: instant(member.enrolledAt),
        store: member.enrolledIn === '' ? say(words.headOffice) : member.enrolledIn,
      }),
    ],
  ]
  if (profile.mobile !== undefined) rows.push([say(words.mobile), <Code>{profile.mobile}</Code>])
  if (profile.birthday !== undefined)
    rows.push([say(words.birthday), /^\d{4}-/.test(profile.birthday) ? day(profile.birthday) : profile.birthday])
  if (profile.sex === 'female' || profile.sex === 'male') rows.push([say(words.sex), say(words[profile.sex])])
  if (profile.area !== undefined) rows.push([say(words.area), <bdi>{profile.area}</bdi>])
  if (profile.education !== undefined) rows.push([say(words.education), <bdi>{profile.education}</bdi>])
  for (const [name, value] of Object.entries(profile.custom ?? {})) rows.push([name, <bdi>{value}</bdi>])
  return rows
}
