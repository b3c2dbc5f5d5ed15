import type { JSX } from "preact";
import { setToken } from "../api.js";
import { connect } from "../store.js";
import { EStopButton } from "./e-stop-button.js";
import { TokenForm } from "./token-form.js";

/** Off loopback the daemon wants to know who you are; the E-stop asks nobody. */
export function Login(): JSX.Element {
  return (
    <div class="page">
      <header class="top-bar">
        <h1>stedloop</h1>
        <EStopButton />
      </header>
      <main class="empty">
        <LoginForm>
          This daemon is open to the network. Whoever runs it makes tokens with “stedloop token new”.
        </LoginForm>
      </main>
    </div>
  );
}

/** A page that was open when its token went: what was begun on it stays underneath. */
export function LoginAgain(): JSX.Element {
  return (
    <div class="login-over">
      <LoginForm>
        The daemon no longer takes your token: it was changed or withdrawn. Enter a new one; what you had
        begun is still here.
      </LoginForm>
    </div>
  );
}

function LoginForm({ children }: { readonly children: string }): JSX.Element {
  const enter = (token: string): void => {
    setToken(token);
    connect();
  };
  return (
    <TokenForm class="panel login" label="Log in" onToken={enter}>
      <h2>Access token</h2>
      <p class="dim">{children}</p>
    </TokenForm>
  );
}
