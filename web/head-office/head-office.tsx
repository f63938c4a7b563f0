import { useEffect, useMemo, useState } from 'preact/hooks'
import { say } from '../shared/language.ts'
import { Failure, Loading } from '../shared/states.tsx'
import { OfficeContext } from './asking.ts'
import { Frame } from './frame/frame.tsx'
import { FreshPassword } from './login/fresh-password.tsx'
import { Login } from './login/login.tsx'
import { openOffice } from './office.ts'
import { askSession, session } from './session.ts'
import { words } from './words.ts'

/** Nobody, somebody with a one-time password, or somebody at work. */
export function HeadOffice() {
  const [away, setAway] = useState(false)
  const ask = () => {
    setAway(false)
    askSession().catch(() => setAway(true))
  }
  useEffect(ask, [])
  if (session.value === undefined)
    return <main>{away ? <Failure title={say(words.serverAway)} onAgain={ask} /> : <Loading />}</main>
  if (session.value === null) return <Login />
  if (session.value.mustChange) return <FreshPassword />
  return <AtWork key={session.value.session} />
}

function AtWork() {
  const office = useMemo(openOffice, [])
  useEffect(() => () => office.close(), [office])
  return (
    <OfficeContext.Provider value={office}>
      <Frame />
    </OfficeContext.Provider>
  )
}
