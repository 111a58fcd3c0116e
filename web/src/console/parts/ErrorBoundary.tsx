import { Component, type ReactNode } from 'react';

interface Props {
  /** What is shown in place of a part that threw. */
  readonly fallback: ReactNode;
  /** A change of this, such as the address, shows the children again. */
  readonly resetBy: string;
  readonly children: ReactNode;
}

/** Keeps the frame when a page throws. */
export class ErrorBoundary extends Component<Props, { readonly failedAt: string | null }> {
  override state: { readonly failedAt: string | null } = { failedAt: null };

  static getDerivedStateFromError(): null {
    return null;
  }

  override componentDidCatch(): void {
    this.setState({ failedAt: this.props.resetBy });
  }

  override render(): ReactNode {
    return this.state.failedAt === this.props.resetBy ? this.props.fallback : this.props.children;
  }
}
