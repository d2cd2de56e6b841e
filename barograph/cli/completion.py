"""`completion`: a script that lets a shell complete commands and options. It holds them all, so that no key
press starts a program.
"""

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence

from barograph.cli.parser import DATA
from barograph.cli.show import FORMS
from barograph.cli.verb import Noun, Reply, Verb, argument
from barograph.settings import Settings

HINTS = {
    "bash": 'eval "$(barograph completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(barograph completion zsh)"   # in ~/.zshrc, after compinit',
    "fish": "barograph completion fish | source   # in ~/.config/fish/config.fish",
}


def completion(commands: Callable[[], Iterable[Noun | Verb]]) -> Verb:
    """The verb, of all commands: it is one of them itself."""

    def complete(options: Namespace, _settings: Settings) -> Reply:
        script = SCRIPTS[options.shell](_words(list(commands())))
        return Reply({"shell": options.shell, "script": script}, text=script)

    return Verb(
        "completion",
        "write a script that lets your shell complete commands and options",
        complete,
        (argument("shell", choices=tuple(HINTS), help="; ".join(HINTS.values())),),
        examples=tuple(f"completion {shell}" for shell in HINTS),
    )


def _words(commands: Sequence[Noun | Verb]) -> dict[str, list[str]]:
    """The words that may follow each command, and each option that has choices."""
    words = {"": [each.name for each in commands] + ["--help", "--version"]}
    for command in commands:
        if isinstance(command, Noun):
            words[command.name] = [verb.name for verb in command.verbs] + ["--help"]
            for verb in command.verbs:
                words |= _of_verb(f"{command.name} {verb.name}", verb)
        else:
            words |= _of_verb(command.name, command)
    return words


def _of_verb(place: str, verb: Verb) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {place: []}
    for each in (*verb.arguments, DATA, *FORMS):
        name, choices = each.words[0], list(map(str, each.keywords.get("choices", ())))
        if not name.startswith("-"):
            words[place] += choices
            continue
        words[place].append(name)
        if choices:
            words[f"{place} {name}"] = choices
    words[place].append("--help")
    return words


def _bash(words: Mapping[str, list[str]]) -> str:
    return f"{_cases(words)}{_BASH}"


def _zsh(words: Mapping[str, list[str]]) -> str:
    return f"{_cases(words)}{_ZSH}"


def _fish(words: Mapping[str, list[str]]) -> str:
    cases = "".join(
        f"        case {_quoted(place)}\n            echo {_quoted(' '.join(known))}\n"
        for place, known in words.items()
    )
    return f'function _barograph_words\n    switch "$argv"\n{cases}    end\nend\n{_FISH}'


def _cases(words: Mapping[str, list[str]]) -> str:
    cases = "".join(
        f"        {_quoted(place)}) echo {_quoted(' '.join(known))} ;;\n" for place, known in words.items()
    )
    return f'_barograph_words() {{\n    case "$1" in\n{cases}    esac\n}}\n'


def _quoted(text: str) -> str:
    """Quotes in single quotes, also where there is nothing to quote; our words hold none themselves."""
    return f"'{text}'"


_BASH = """\
_barograph() {
    local place="" known="" word before="${COMP_WORDS[COMP_CWORD-1]}"
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word != -* && " $(_barograph_words "$place") " == *" $word "* ]] && place="${place:+$place }$word"
    done
    [[ $before == -* ]] && known=$(_barograph_words "$place $before")
    known=${known:-$(_barograph_words "$place")}
    mapfile -t COMPREPLY < <(compgen -W "$known" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _barograph barograph
"""

_ZSH = """\
_barograph() {
    local place="" known="" word before="${words[CURRENT-1]}"
    for word in "${(@)words[2,CURRENT-1]}"; do
        [[ $word != -* && " $(_barograph_words "$place") " == *" $word "* ]] && place="${place:+$place }$word"
    done
    [[ $before == -* ]] && known=$(_barograph_words "$place $before")
    compadd -- ${=${known:-$(_barograph_words "$place")}}
    _files
}
compdef _barograph barograph
"""

_FISH = """\
function _barograph
    set -l words (commandline -opc)
    set -l place ''
    for word in $words[2..]
        if not string match -q -- '-*' $word
            and contains -- $word (string split ' ' -- (_barograph_words "$place"))
            set place (string trim -- "$place $word")
        end
    end
    set -l known
    if string match -q -- '-*' $words[-1]
        set known (_barograph_words "$place $words[-1]")
    end
    test -n "$known"; or set known (_barograph_words "$place")
    string split ' ' -- $known
end
complete -c barograph -a '(_barograph)'
"""

SCRIPTS: Mapping[str, Callable[[Mapping[str, list[str]]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
