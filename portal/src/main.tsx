import { render } from "preact";
import "./main.css";

const root = document.getElementById("portal");
if (root) render(<Hello />, root);

function Hello() {
  return (
    <main>
      <h1>Barograph</h1>
      <p>
        The portal's pages are being built. <a href="/docs">The API's documentation</a> is here.
      </p>
    </main>
  );
}
