/** Starts the panel: styles, the connection, the React tree. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/shell.css'
import './styles/split-control.css'
import './styles/gate.css'
import './styles/overview.css'
import './styles/inspector.css'
import { App } from './app.tsx'
import { start } from './state/connection.ts'

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
void start()
