/** The pages by their addresses. Each is a file of its own that is loaded when it is first opened. */

import { useEffect } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { patiently } from "./pageLoading.ts";
import { NoPage } from "./pages/NoPage.tsx";
import { NoProject, needsProject } from "./pages/project/NoProject.tsx";
import { logIn, projects, startProblem, startSession } from "./session.ts";
import { ProblemNote, Waiting } from "./ui/notes.tsx";
import { Shell } from "./ui/shell/Shell.tsx";
import { Toasts } from "./ui/toasts.tsx";

const LogIn = lazy(() => patiently(() => import("./pages/login/LogIn.tsx")));
const LogInAgain = lazy(() => patiently(() => import("./pages/login/LogInAgain.tsx")));
const Explore = lazy(() => patiently(() => import("./pages/explore/Explore.tsx")));
const Sensors = lazy(() => patiently(() => import("./pages/sensors/Sensors.tsx")));
const SensorPage = lazy(() => patiently(() => import("./pages/sensors/Sensor.tsx")));
const Runs = lazy(() => patiently(() => import("./pages/runs/Runs.tsx")));
const RunPage = lazy(() => patiently(() => import("./pages/runs/Run.tsx")));
const ExperimentPage = lazy(() => patiently(() => import("./pages/runs/Experiment.tsx")));
const Gateways = lazy(() => patiently(() => import("./pages/gateways/Gateways.tsx")));
const Connect = lazy(() => patiently(() => import("./pages/gateways/Connect.tsx")));
const Backfills = lazy(() => patiently(() => import("./pages/backfills/Backfills.tsx")));
const PlanBackfill = lazy(() => patiently(() => import("./pages/backfills/PlanBackfill.tsx")));
const BackfillPage = lazy(() => patiently(() => import("./pages/backfills/Backfill.tsx")));
const Calibrations = lazy(() => patiently(() => import("./pages/calibrations/Calibrations.tsx")));
const CalibrationPage = lazy(() => patiently(() => import("./pages/calibrations/Calibration.tsx")));
const Files = lazy(() => patiently(() => import("./pages/files/Files.tsx")));
const Imports = lazy(() => patiently(() => import("./pages/imports/Imports.tsx")));
const ImportPage = lazy(() => patiently(() => import("./pages/imports/Import.tsx")));
const ProjectPage = lazy(() => patiently(() => import("./pages/project/Project.tsx")));
const AccountPage = lazy(() => patiently(() => import("./pages/account/Account.tsx")));
const Compare = lazy(() => patiently(() => import("./pages/compare/Compare.tsx")));
const Alarms = lazy(() => patiently(() => import("./pages/journal/Alarms.tsx")));
const Events = lazy(() => patiently(() => import("./pages/journal/Events.tsx")));
const Annotations = lazy(() => patiently(() => import("./pages/journal/Annotations.tsx")));
const System = lazy(() => patiently(() => import("./pages/System.tsx")));
const ViewLink = lazy(() => patiently(() => import("./pages/explore/views/ViewLink.tsx")));
const Wall = lazy(() => patiently(() => import("./pages/live/Wall.tsx")));
const Live = lazy(() => patiently(() => import("./pages/live/Live.tsx")));

export function App() {
  return (
    <LocationProvider>
      <ErrorBoundary onError={(error) => console.error(error)}>
        <Gate />
      </ErrorBoundary>
      <Toasts />
    </LocationProvider>
  );
}

/** Nobody sees a page before it is known who they are. One whose log-in has ended stays under a new log-in. */
function Gate() {
  const isEnded = logIn.value === "ended";
  return (
    <>
      <Pages />
      <ErrorBoundary>{isEnded && <LogInAgain />}</ErrorBoundary>
    </>
  );
}

function Pages() {
  const { path, route } = useLocation();
  const state = logIn.value;
  const hasCode = location.hash.startsWith("#code=");
  useEffect(() => {
    if (state === "unknown" && !hasCode) startSession();
  }, [state, hasCode]);
  useEffect(() => {
    if (state !== "out" || path === "/login") return;
    // Explore changes the address by itself, so it is asked of the browser.
    const here = location.pathname + location.search;
    route(here === "/" ? "/login" : `/login?next=${encodeURIComponent(here)}`, true);
  }, [state, path, route]);
  if (path === "/login" || hasCode) return <LogIn />;
  if (startProblem.value) return <StartProblem />;
  if (state !== "in" && state !== "ended") return <Waiting />;
  if (path === "/wall" || path.startsWith("/wall/"))
    return (
      <Router>
        <Route path="/wall" component={Wall} />
        <Route path="/wall/:id" component={Wall} />
        <Route default component={NoPage} />
      </Router>
    );
  if (!projects.value.length && needsProject(path))
    return (
      <Shell>
        <NoProject />
      </Shell>
    );
  return (
    <Shell>
      <Router>
        <Route path="/" component={Live} />
        <Route path="/live" component={Live} />
        <Route path="/explore" component={Explore} />
        <Route path="/sensors" component={Sensors} />
        <Route path="/sensors/:id" component={SensorPage} />
        <Route path="/runs" component={Runs} />
        <Route path="/runs/:id" component={RunPage} />
        <Route path="/experiments/:id" component={ExperimentPage} />
        <Route path="/gateways" component={Gateways} />
        <Route path="/gateways/connect" component={Connect} />
        <Route path="/backfills" component={Backfills} />
        <Route path="/backfills/new" component={PlanBackfill} />
        <Route path="/backfills/:id" component={BackfillPage} />
        <Route path="/calibrations" component={Calibrations} />
        <Route path="/calibrations/:sensor" component={CalibrationPage} />
        <Route path="/files" component={Files} />
        <Route path="/imports" component={Imports} />
        <Route path="/imports/:id" component={ImportPage} />
        <Route path="/project" component={ProjectPage} />
        <Route path="/project/new" component={ProjectPage} />
        <Route path="/account" component={AccountPage} />
        <Route path="/compare" component={Compare} />
        <Route path="/alarms" component={Alarms} />
        <Route path="/events" component={Events} />
        <Route path="/annotations" component={Annotations} />
        <Route path="/views/:id" component={ViewLink} />
        <Route path="/system" component={System} />
        <Route default component={NoPage} />
      </Router>
    </Shell>
  );
}

function StartProblem() {
  const problem = startProblem.value;
  useEffect(() => {
    const timer = setInterval(startSession, 3000);
    return () => clearInterval(timer);
  }, []);
  return (
    problem && (
      <main style="max-width: 480px; margin: 15vh auto; padding: 16px">
        <ProblemNote problem={problem} again={startSession} />
      </main>
    )
  );
}
