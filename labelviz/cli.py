"""The command line: every request as a command, made from its fields."""

from __future__ import annotations

import inspect
import os
import shlex
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from cyclopts import App, CycloptsError, Parameter, Token, UnusedCliTokensError

from labelviz.core import log
from labelviz.core.asked import About, Entry, entries, entry, filled
from labelviz.core.visible import read_back
from labelviz.errors import (
    ChoiceNeeded,
    LabelvizError,
    RequestRefused,
    in_words,
)
from labelviz.processes import speaks
from labelviz.requests import ALL, Request, from_json
from labelviz.tables.options import ReadOptions

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions

    from labelviz.core.progress import Report
    from labelviz.jobs import Progress

FAILED = 2
FOLDERS = "LABELVIZ_FOLDERS"
DEMO = Path("labelviz-demo")
# Threads that wait for others sleep instead of spinning: twice as fast on a busy machine. oneDNN
# keeps the code of 1,024 products, of every shape of a batch another: 400 MB after 2,000 samples,
# and no time is lost without.
QUIET = {
    "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "16",
}  # fmt: skip
HELP = "Find wrong LLM labels, set soft targets, retrain, and prove whether it helped."
MEANING = 26  # the column in which help says what a name means
GROUPS = {"store": "Look after the decisions: check, back up, restore, copy, deal, give roles."}
WORKSPACE = Annotated[Path, Parameter(help="The project's folder.")]


def main() -> None:
    """Run the command line; what a person can put right is said without a traceback."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        line = [read_back(word) for word in sys.argv[1:]]
        commands(line)(line)
    except CycloptsError as error:
        _complain(f"labelviz: {_slip(error)}")
        sys.exit(FAILED)
    except LabelvizError as error:
        _print_error(error)
        sys.exit(FAILED)


def commands(line: Sequence[str]) -> App:
    """All commands: one for each line of words that requests share, and those that are no request.

    Parameters
    ----------
    line : what is to be parsed; only the command that it begins with is made with its options.

    Returns
    -------
    What parses a command line and does what it says; it raises what goes wrong.
    """
    how: dict[str, Any] = {
        "help_formatter": Listing(), "help_format": "plaintext", "version_flags": (),
        "result_action": "return_value", "print_error": False, "exit_on_error": False,
    }  # fmt: skip
    flags = ("--version",) if line[:1] == ["--version"] else ()
    told = {**how, "version_flags": flags, "version": partial(version, "labelviz")}
    app = App(name="labelviz", help=HELP, **told)
    last = len(ALL)
    groups = {n: App(name=n, help=help_, sort_key=last, **how) for n, help_ in GROUPS.items()}
    said = " ".join([*(word for word in line if not word.startswith("-")), ""])
    for place, (words, kinds) in enumerate(kinds_of_commands().items()):
        group, _, name = words.rpartition(" ")
        above = groups[group] if group else app
        command = _command(kinds) if said.startswith(f"{words} ") else _listed
        above.command(command, name=name, help=_help_of(kinds), sort_key=place)
    app.command(demo, sort_key=last)
    app.command(serve, sort_key=last)
    app.command(job, show=False)
    for each in groups.values():
        app.command(each)
    return app


def kinds_of_commands() -> dict[str, tuple[type[Request], ...]]:
    """The kinds of requests by the words of the command line that they share."""
    words = dict.fromkeys(each.command for each in ALL)
    return {line: tuple(each for each in ALL if each.command == line) for line in words}


def serve(
    workspace: Annotated[Path | None, Parameter(help="Opens on this project.")] = None, /
) -> None:
    """Open the web page."""
    from labelviz.project.workspace import Workspace

    opened = [str(Workspace(workspace).path)] if workspace else []
    named = os.environ.get(FOLDERS, "").split(os.pathsep)  # see labelviz.ui.served
    here = [os.path.abspath(os.path.expanduser(each)) for each in named if each.strip()]
    os.environ[FOLDERS] = os.pathsep.join(here)
    if os.environ.get("LABELVIZ_IDENTITY_HEADER"):
        os.environ["FORWARDED_ALLOW_IPS"] = ""  # see labelviz.ui.identity
    if log.is_asked_for():
        os.environ["STREAMLIT_LOGGER_MESSAGE_FORMAT"] = "%(message)s"
    page = str(Path(__file__).with_name("web") / "app.py")
    command = [sys.executable, "-m", "streamlit", "run", page, "--", *opened]
    os.execv(sys.executable, command)  # noqa: S606 - replaces this process by the server


def demo(
    folder: Annotated[Path, Parameter(help="Where the demo's workspace lies.")] = DEMO, /
) -> None:
    """Open the web page on a demo, made where it is not there yet."""
    from labelviz.printing import say
    from labelviz.project.demo import open_demo

    say("Making the demo, if it is not there yet: about half a minute.", to=sys.stderr)
    serve(open_demo(folder))


def job(folder: Path, /) -> None:
    """Do what was asked of a workspace, as the folder of a job says it."""
    from labelviz.jobs import Job

    perform(from_json(Job(folder).asked), folder.parent.parent)


def perform(request: Request, workspace: Path) -> None:
    """Do what is asked of a workspace, and print what came of it."""
    from labelviz.printing import say, tell

    if not speaks():
        request.share_in()
        return
    with request.opened(workspace) as project:
        say(*request.warnings(project), to=sys.stderr)
        done = request.run(project, _progress())
    tell(request, done, project)


# From a command line to a request


@dataclass(frozen=True)
class Option:
    """One option of a command, or one thing that it takes by its place.

    Parameters
    ----------
    name : without the hyphens before it.
    flag : what it means where it only tells kinds of requests apart; empty where it fills a field.
    meant : the field that it fills, by kind of request.
    """

    name: str
    flag: str
    meant: Mapping[type[Request], Entry]

    @property
    def field(self) -> Entry:
        """What it fills in the first kind that has it."""
        flag = Entry(self.name, bool, False, About(self.flag))
        return next(iter(self.meant.values()), flag)

    @property
    def needed(self) -> bool:
        """Whether the command cannot do without it."""
        return self.field.required and len(self.meant) == 1 and not _way(next(iter(self.meant)))

    @property
    def help(self) -> str:
        """What it means, and in which range it is; where kinds differ, to each of them."""
        (first, _), *others = self._by_kind(_explained) or [(self.flag, None)]
        more = [f"With {_way(kind)}: {words}" for words, kind in others if kind is not None]
        return " ".join([first, *more])

    @property
    def default(self) -> str:
        """Its default in words; where kinds differ, that of each of them; empty for none."""
        (first, _), *others = self._by_kind(_worded) or [("", None)]
        more = [f"{words} with {_way(kind)}" for words, kind in others if kind and words]
        return ", ".join(filter(None, [first, *more]))

    def _by_kind(self, words: Callable[[Entry], str]) -> list[tuple[str, type[Request] | None]]:
        """What is to be said of the field, each with the first kind that it is said of."""
        found: dict[str, type[Request] | None] = {}
        for kind, each in self.meant.items():
            found.setdefault(words(each), kind)
        return list(found.items())


def options_of(kinds: Sequence[type[Request]]) -> tuple[Option, ...]:
    """The options of a command that several kinds of requests share, those of the first first."""
    found: dict[str, Option] = {}
    for kind in kinds:
        for name, words in kind.flags.items():
            found.setdefault(name, Option(name, words, {}))
        for each in entries(kind):
            known = found.get(each.option, Option(each.option, "", {}))
            found[each.option] = replace(known, meant={**known.meant, kind: each})
    return tuple(found.values())


def request_of(kinds: Sequence[type[Request]], given: Mapping[str, Any]) -> Request:
    """The request that a command line asks for.

    Parameters
    ----------
    given : values by the name of the option, as the command line has them.

    Raises
    ------
    RequestRefused : it is open which kind, or an option does not fit; names the option.
    """
    kind = _chosen(kinds, given)
    fields = {each.option: each for each in entries(kind)}
    for option in given:
        if option not in {*fields, *kind.chosen_by}:
            raise _out_of_place(option, kind, kinds, given)
    try:
        values = {each.name: _value(each, given[o]) for o, each in fields.items() if o in given}
        return filled(kind, values)
    except RequestRefused as error:
        for option, each in fields.items():
            if each.name == error.field and not each.about.place:
                error.where = f"--{option}"
        raise


def _chosen(kinds: Sequence[type[Request]], given: Mapping[str, Any]) -> type[Request]:
    """The kind that these options mean: the one that most of them choose."""
    fitting = [kind for kind in kinds if all(each in given for each in kind.chosen_by)]
    if not fitting:
        ways = [_way(kind) for kind in kinds if len(kind.chosen_by) == 1]
        raise RequestRefused(
            f"`labelviz {kinds[0].command}` was not told what to do.",
            remedy=f"Give one of {', '.join(ways)}.",
        )
    return max(fitting, key=lambda kind: len(kind.flags))


def _out_of_place(
    option: str, kind: type[Request], kinds: Sequence[type[Request]], given: Mapping[str, Any]
) -> RequestRefused:
    """Why an option means nothing to the kind that others chose, and what it would go with."""
    at_home = [
        each for each in kinds if option in {e.option for e in entries(each)} | {*each.chosen_by}
    ]
    lacking = [f"--{each}" for each in at_home[0].chosen_by if each not in given]
    more = f", or add {' and '.join(lacking)}" if lacking else ""
    way, others = _way(kind), " or ".join(filter(None, map(_way, at_home)))
    return RequestRefused(
        f"--{option} does not go with {way}." if way else f"--{option} goes with {others} alone.",
        where=f"--{option}",
        remedy=f"Leave one of them out{more}." if way else f"Leave it out{more}.",
    )


def _command(kinds: Sequence[type[Request]]) -> Callable[..., None]:
    """The function of a command: a workspace, and the options of all that it may ask for."""
    options = options_of(kinds)
    places = [each for each in options if each.field.about.place]
    named = {f"{each.name.replace('-', '_')}_": each for each in options if each not in places}

    def command(folder: Path, *placed: Any, **said: Any) -> None:
        given = [*zip(places, placed, strict=False)]
        given += [(named[name], value) for name, value in said.items()]
        values = {each.name: value for each, value in given if _is_said(each, value)}
        perform(request_of(kinds, values), folder)

    by_place = inspect.Parameter.POSITIONAL_ONLY
    parameters = [inspect.Parameter("workspace", by_place, annotation=WORKSPACE)]
    parameters += [_place(each) for each in places]
    parameters += [_named(name, each) for name, each in named.items()]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


def _is_said(option: Option, value: Any) -> bool:
    """Whether an option says anything; one that stands for yes does not where it says no."""
    return value is not False or option.field.default is not False


def _listed() -> None:
    """Stands for a command that is not asked for, in the list of all."""


def _place(option: Option) -> inspect.Parameter:
    """How what stands at a place is parsed and explained."""
    choices = option.field.about.choices or None
    shown = Parameter(help=option.help, show_default=False, choices=choices)
    return inspect.Parameter(
        option.name.replace("-", "_"), inspect.Parameter.POSITIONAL_ONLY,
        default=inspect.Parameter.empty if option.needed else None,
        annotation=Annotated[_given_as(option, _parsed_as(option.field)), shown],
    )  # fmt: skip


def _named(name: str, option: Option) -> inspect.Parameter:
    """How an option is parsed and explained."""
    field, kind = option.field, _parsed_as(option.field)
    is_flag = kind == (bool | None)
    numbers = int in (kind, *get_args(kind))
    shown = Parameter(
        name=f"--{option.name}",
        converter=_whole if numbers else None,
        help=option.help,
        metavar=field.about.metavar or None,
        choices=None if is_flag else field.about.choices or None,
        negative=f"--no-{option.name}" if is_flag and field.default is not False else (),
        show_default=option.default or False,
        allow_leading_hyphen=not is_flag,
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if option.needed else None,
        annotation=Annotated[_given_as(option, kind), shown],
    )  # fmt: skip


def _given_as(option: Option, kind: Any) -> Any:
    """The type of what the command gets: nothing, too, where nothing has to be said."""
    return kind if option.needed else kind | None


def _parsed_as(field: Entry) -> Any:
    """The type that the words for a field are parsed as."""
    kinds = [each for each in get_args(field.kind) or (field.kind,) if each is not type(None)]
    if field.about.switch or bool in kinds:
        return bool | None
    origin = get_origin(field.kind)
    if origin is Mapping:
        return list[str]
    if origin is tuple:
        return list[int] if int in kinds else list[str]
    return kinds[0] if isinstance(kinds[0], type) else str


def _whole(kind: Any, tokens: Sequence[Token]) -> Any:
    """A whole number, or several; a fraction is none, and is not rounded."""
    numbers = [int(each.value) for each in tokens]
    several = any(get_origin(each) is list for each in (kind, *get_args(kind)))
    return numbers if several else numbers[0]


def _value(field: Entry, given: Any) -> Any:
    """A value of a field from what the command line has."""
    about = field.about
    if about.switch:
        return about.choices[0 if given else 1]
    if about.divided:
        return [name.strip() for each in given for name in each.split(about.divided)]
    if get_origin(field.kind) is Mapping:
        return _pairs(field, given)
    return about.words.get(given, given) if about.words else given


def _pairs(field: Entry, given: Sequence[str]) -> dict[str, str]:
    """Value by key; the last `=` divides, since classes seldom hold one."""
    wrong = [each for each in given if "=" not in each]
    if wrong:
        raise RequestRefused(
            f"{in_words(wrong[:1])} does not say what it is to be read as.",
            field=field.name,
            remedy=f"Give {field.about.metavar}.",
        )
    divided = (each.rpartition("=") for each in given)
    return {key: value for key, _, value in divided}


def _explained(field: Entry) -> str:
    bounds = field.about.bounds
    return f"{field.about.help} [{bounds}]" if bounds else field.about.help


def _worded(field: Entry) -> str:
    """A default as the command line takes it; empty for none."""
    nothing = field.required or field.default in (None, "", ()) or field.default == {}
    if nothing or field.default is False:
        return ""
    return " ".join(field.default) if isinstance(field.default, tuple) else str(field.default)


def _way(kind: type[Request]) -> str:
    """The option that chooses a kind; empty where it needs none."""
    return f"--{kind.chosen_by[0]}" if kind.chosen_by else ""


def _help_of(kinds: Sequence[type[Request]]) -> str:
    """What a command does: the first line of what its kinds have in common."""
    owner = [each for each in kinds[0].__mro__ if "command" in vars(each)][-1]
    return str(owner.__doc__).partition("\n")[0]


# To the terminal


class Listing:
    """Prints help: names on the left, and what they mean beside or under them."""

    def __call__(self, console: Console, _: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a part of it, such as all options."""
        for at, each in enumerate(panel.entries):
            self._print(console, [] if at else [f"{panel.title}:"])
            names = "  " + ", ".join(each.display_labels_with_metavar)
            beside = names.ljust(MEANING) if len(names) < MEANING - 1 else " " * MEANING
            said = [str(getattr(each.description, "primary_renderable", each.description) or "")]
            said += [f"[{', '.join(each.choices)}]"] if each.choices else []
            said += [f"[default: {each.default}]"] if each.default else []
            said += ["[required]"] if each.required else []
            meaning = textwrap.wrap(
                " ".join(said), console.width, initial_indent=beside,
                subsequent_indent=" " * MEANING, break_on_hyphens=False,
            )  # fmt: skip
            self._print(console, [*([] if beside.strip() else [names]), *meaning])
        self._print(console, [""] if panel.entries else [])

    def render_usage(self, console: Console, _: ConsoleOptions, usage: object) -> None:
        """Print how a command is written."""
        self._print(console, [f"Usage: {str(usage).strip()}", ""] if usage else [])

    def _print(self, console: Console, lines: Sequence[str]) -> None:
        for line in lines:
            console.print(line, highlight=False, markup=False, soft_wrap=True)


def _slip(error: CycloptsError) -> str:
    """What is wrong with a command line, in words."""
    if isinstance(error, UnusedCliTokensError):
        return f"There is no place for {in_words(error.unused_tokens or ())}."
    return str(error)


def _print_error(error: LabelvizError) -> None:
    """An error with what was noted on the way, and each way to go on where there are several."""
    what, *more = error.lines
    _complain(f"labelviz: {what}", *more, *getattr(error, "__notes__", ()))
    if isinstance(error, ChoiceNeeded):
        field = entry(ReadOptions, error.option)
        for way in error.ways:
            _complain(f"  {_spelled(field, way.value)}")
            _complain(*(f"      {line}" for line in way.preview))


def _complain(*lines: str) -> None:
    """Say what is wrong, as `labelviz.printing.say` prints it."""
    from labelviz.printing import say

    say(*lines, to=sys.stderr)


def _spelled(field: Entry, value: str) -> str:
    """The option that gives a field this value."""
    if field.about.switch:
        return f"--{'' if value == field.about.choices[0] else 'no-'}{field.option}"
    words = {meant: word for word, meant in reversed([*field.about.words.items()])}
    return f"--{field.option} {shlex.quote(words.get(value, value))}"


def _progress() -> Report:
    from labelviz.jobs import Ticker, progress_file

    show = _on_terminal if sys.stderr.isatty() else _quiet
    return Ticker(progress_file() or show)


def _on_terminal(progress: Progress) -> None:
    rate = f"  {progress.rate:.1f} {progress.unit}/s" if progress.rate else ""
    left = f"  {progress.left:.0f} s left" if progress.left is not None else ""
    end = "\n" if progress.done == progress.total else ""
    line = f"\r{progress.done}/{progress.total} {progress.unit}{rate}{left}"
    print(f"{line:<70}", end=end, file=sys.stderr, flush=True)


def _quiet(_: Progress) -> None:
    """Nobody watches a pipe."""


if __name__ == "__main__":
    main()
