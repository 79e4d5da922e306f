/** Keeps a page that fails to draw from taking the window with it: what failed stands in its place, with Retry. */
import { Component, type ReactNode } from 'react'
import { PageError } from '../parts/page-error.tsx'
import { strings } from '../strings/index.ts'

interface Props {
  readonly children: ReactNode
}

export class PageBoundary extends Component<Props, { readonly problem: string | null }> {
  override state = { problem: null as string | null }

  static getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }

  override render() {
    const { problem } = this.state
    if (problem === null) return this.props.children
    return <PageError title={strings.shell.pageFailed} how={strings.shell.pageFailedHow(problem)} onRetry={() => this.setState({ problem: null })} />
  }
}
