import { render } from "preact";
import { App } from "./app.tsx";
import { followSettings } from "./settings.ts";
import { followHistory } from "./ui/lists/leftLists.ts";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/lists.css";
import "./style/print.css";

followSettings();
followHistory();
const root = document.getElementById("portal");
if (root) render(<App />, root);
