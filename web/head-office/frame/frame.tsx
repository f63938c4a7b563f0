import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../../shared/button.tsx'
import { count } from '../../shared/figures.ts'
import { Icon } from '../../shared/icons.tsx'
import { say } from '../../shared/language.ts'
import { LineBanner } from '../../shared/line-banner.tsx'
import mark from '../../shared/mark.svg'
import { Empty } from '../../shared/states.tsx'
import { LanguageSwitch, ThemeSwitch } from '../../shared/switches.tsx'
import { Approvals } from '../approvals/approvals.tsx'
import { may, useOffice } from '../asking.ts'
import { Audit } from '../audit/audit.tsx'
import { Cards } from '../cards/cards.tsx'
import { Clearing } from '../clearing/clearing.tsx'
import { Exposure } from '../exposure/exposure.tsx'
import { MemberScreen } from '../members/member.tsx'
import { Members } from '../members/members.tsx'
import { Now } from '../now/now.tsx'
import { Offers } from '../offers/offers.tsx'
import { ScreenHead } from '../parts/screen.tsx'
import { Programme } from '../programme/programme.tsx'
import { Quarantine } from '../quarantine/quarantine.tsx'
import { Reports } from '../reports/reports.tsx'
import { roleNames } from '../role-names.ts'
import { addressOf, route, type ScreenName, screens } from '../routes.ts'
import { logOut, session } from '../session.ts'
import { StoreScreen } from '../store/store.tsx'
import { Users } from '../users/users.tsx'
import { words } from '../words.ts'
import { navigation } from './navigation.ts'
import './frame.css'

const shown: Record<ScreenName, ComponentType<{ of: string }>> = {
  now: Now,
  store: StoreScreen,
  members: Members,
  member: MemberScreen,
  programme: Programme,
  offers: Offers,
  reports: Reports,
  clearing: Clearing,
  quarantine: Quarantine,
  exposure: Exposure,
  cards: Cards,
  approvals: Approvals,
  audit: Audit,
  users: Users,
}

/** What stands around every screen: where one is, who one is, and whether the line holds. */
export function Frame() {
  const office = useOffice()
  const [open, setOpen] = useState(false)
  const content = useRef<HTMLElement>(null)
  const { screen, of } = route.value
  const Screen = shown[screen]
  const title = say(words[screen])
  useEffect(() => {
    document.title = say(words.pageTitle, { screen: title })
    setOpen(false)
    window.scrollTo(0, 0)
  }, [title, of])
  return (
    <div class="frame">
      {/* biome-ignore lint/a11y/useValidAnchor: the address behind # is the router's, so the jump is made here */}
      <a class="frame-skip" href="#content" onClick={(event) => skipTo(event, content.current)}>
        {say(words.skip)}
      </a>
      <header class="frame-top">
        <Button look="plain" icon="menu" label={say(words.menu)} expanded={open} onPress={() => setOpen(!open)} />
        <strong>{title}</strong>
      </header>
      <Side open={open} />
      <div class="frame-content">
        <LineBanner wire={office.wire} />
        <main id="content" ref={content} tabIndex={-1} class="frame-main">
          {may(screens[screen]) ? <Screen key={`${screen}/${of}`} of={of} /> : <Refused title={title} />}
        </main>
      </div>
    </div>
  )
}

const Refused = ({ title }: { title: string }) => (
  <>
    <ScreenHead title={title} />
    <Empty title={say(words.refused)}>{say(words.refusedWay)}</Empty>
  </>
)

function skipTo(event: Event, place: HTMLElement | null) {
  event.preventDefault()
  place?.focus()
}

function Side({ open }: { open: boolean }) {
  const office = useOffice()
  const { screen } = route.value
  const user = session.value?.user
  const waiting: Partial<Record<ScreenName, number | undefined>> = {
    approvals: office.club.value?.proposals,
    quarantine: office.club.value?.quarantined,
  }
  return (
    <aside class={open ? 'frame-side frame-side-open' : 'frame-side'} aria-label={say(words.headOffice)}>
      <p class="frame-name">
        <img src={mark} alt="" width="28" height="28" />
        <span>
          <strong>{say(words.headOffice)}</strong>
          <small>
            <bdi>{session.value?.club}</bdi>
          </small>
        </span>
      </p>
      <nav class="frame-nav" aria-label={say(words.menu)}>
        {navigation.map(({ title, screens: names }) => {
          const allowed = names.filter(({ name }) => may(screens[name]))
          if (allowed.length === 0) return null
          return (
            <section key={title.en}>
              <h2>{say(title)}</h2>
              <ul>
                {allowed.map(({ name, icon, with: children }) => (
                  <li key={name}>
                    <a href={addressOf(name)} aria-current={name === screen || children?.includes(screen) ? 'page' : undefined}>
                      <Icon name={icon} />
                      {say(words[name])}
                      {(waiting[name] ?? 0) > 0 && <span class="frame-count">{count(waiting[name] ?? 0)}</span>}
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          )
        })}
      </nav>
      <div class="frame-foot">
        <p>
          <span>
            <bdi>{user?.title ?? user?.name}</bdi>
          </span>
          {user && <small>{say(roleNames[user.role])}</small>}
        </p>
        <div class="frame-switches">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
        <Button look="plain" icon="leave" onPress={() => void logOut()}>
          {say(words.logOut)}
        </Button>
      </div>
    </aside>
  )
}
