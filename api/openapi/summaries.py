"""What operations are called in lists: their names as short commands, or words of their own where those say
too little.
"""

_OWN_WORDS = {
    "accept_invitation": "Accept an invitation",
    "add_member": "Invite somebody by email",
    "bind_run_sensor": "Bind a sensor to a run",
    "change_password": "Change one's own password",
    "create_reset_link": "Create a link that resets somebody's password",
    "end_one_session": "End one of one's own log-ins",
    "end_session": "Log a browser out",
    "end_sessions": "End one's own log-ins elsewhere",
    "evaluate": "Convert values without saving anything",
    "fit": "Fit a conversion profile to points",
    "get_import": "Read an import and how far it is",
    "import_profiles": "Read conversion profiles out of a file",
    "list_all_audit_entries": "List audit entries of all projects",
    "list_experiment_history": "List an experiment's changes of status",
    "list_capture_session_history": "List a capture session's changes of status",
    "list_capture_session_sensors": "List a capture session's sensors",
    "list_kinds": "List the kinds of conversion profiles",
    "list_profiles": "List a sensor's conversion profiles",
    "list_readings": "List a sensor's readings",
    "list_run_history": "List a run's changes of status",
    "list_run_sensors": "List a run's sensors",
    "list_runs": "List the runs of a project",
    "list_runs_of_experiment": "List the runs of an experiment",
    "list_project_capture_sessions": "List a project's capture sessions by time",
    "list_session_readings": "List a capture session's readings",
    "list_sessions": "List one's own log-ins",
    "watch_live": "Watch what is measured now, as a stream of events",
    "list_producers": "List a project's producers",
    "log_in": "Log in with email and password",
    "log_out": "Log out",
    "move_runs": "Change the status of several runs",
    "put_import_content": "Upload a piece of an import's file",
    "put_member": "Change a member's role",
    "read_me": "Read one's own account",
    "read_overview": "Read all about a run at once",
    "read_series": "Read statistics over time, or samples for a plot",
    "read_session": "Read the browser's own log-in",
    "read_timeline": "Read which version is valid when",
    "refresh": "Get new tokens for a refresh token",
    "register": "Create an account",
    "replay_rejected_readings": "Try rejected readings again",
    "request_reset": "Ask for a mail that resets one's password",
    "require_password_change": "Make somebody change their password",
    "reset_password": "Set a new password by a link",
    "start_session": "Log a browser in",
    "summarize_rejected_readings": "Count rejected readings by what they have in common",
    "tag_runs": "Change the tags of several runs",
    "unbind_run_sensor": "Unbind a sensor from a run",
    "verify_log_in": "Finish a log-in with a second factor",
    "verify_session": "Finish a browser's log-in with a second factor",
    "list_factors": "List one's own second factors",
    "set_up_factor": "Begin to set up a second factor",
    "answer_comparison": "Answer a comparison that is kept",
    "compare_members": "Compare runs or capture sessions",
    "list_comparisons": "List the comparisons that a project keeps",
    "create_comparison": "Keep a comparison by a name",
    "confirm_factor": "Confirm a new second factor",
    "remove_factor": "Remove a second factor",
    "renew_recovery_codes": "Get new recovery codes",
    "reset_factors": "Take somebody's second factors away",
    "follow_events": "Follow what happens in a project, as a stream of events",
    "count_experiments": "Count experiments by what they have",
    "count_runs": "Count runs by what they have",
    "search": "Find things by their names",
    "read_system": "Read how the system does",
    "create_profile": "Create a version of a sensor's conversion profile",
    "read_profile": "Read a conversion profile",
    "activate_profile": "Make a conversion profile valid",
    "deprecate_profile": "End a conversion profile's validity",
}


def summary_of(operation_id: str) -> str:
    """The summary of an operation: `create_ingest_token` is "Create an ingest token"."""
    if operation_id in _OWN_WORDS:
        return _OWN_WORDS[operation_id]
    verb, *noun = operation_id.split("_")
    if not noun or noun[-1].endswith("s"):
        return " ".join((verb.capitalize(), *noun))
    article = "an" if noun[0][0] in "aeio" else "a"
    return " ".join((verb.capitalize(), article, *noun))
