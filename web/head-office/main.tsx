import { mount } from '../shared/mount.tsx'
import { HeadOffice } from './head-office.tsx'

mount(<HeadOffice />)
