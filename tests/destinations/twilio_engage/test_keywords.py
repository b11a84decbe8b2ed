"""The words of stopping, however they are dressed."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from destinations.kit import ConsentStatus
from destinations.twilio_engage import keywords
from destinations.twilio_engage.keywords import Meaning, meaning

STOPS = [
    *(
        "Stop.",
        "STOP!",
        "stop all",
        "opt out",
        "OPT-OUT",
        "opt-out please",
        "Unsubscribe.",
        "Stop. Thank you",
    ),
    *("remove me", "no more texts", "leave me alone", "please stop texting me", "take me off your list"),
    *("do not text me", "don't message me again", "don’t text me", "unsubscribe me", "opt me out please"),
    *(
        "BAJA",
        "baja, por favor",
        "alto",
        "PARAR",
        "sair",
        "Stopp",
        "ARRÊT",
        "arre\u0302t",
        "arret",
        "СТОП",
        "退订",
    ),
    *("S T O P", "s.t.o.p.", "“STOP”", "*stop*", "_stop_", "#stop", "st\u200bop", "ST\u00adOP", "\ufeffstop"),
    *(
        "ＳＴＯＰ",
        "𝐒𝐓𝐎𝐏",
        "Ⓢⓣⓞⓟ",
        "🅂🅃🄾🄿",
        "🆂🆃🅾🅿",
        "STOP 🛑",
        "🛑stop🛑",
        "stoooop",
        "STOPPP!!!",
        "stop\nthanks",
        "stop stop",
    ),
    *(
        "Stop promotions",
        "STOP_PROMOTIONS",
        "un-subscribe",
        "I want to unsubscribe",
        "can you please stop texting me?",
    ),
    *("Please end all messages", "quit texting me", "cancel please", "I don't want any of your messages"),
    *(
        "i no longer want to receive texts",
        "Don't ever text me again",
        "S'il vous plaît arrêtez",
        "no más mensajes",
    ),
    *(
        "SТOP",
        "STΟP please",
        "Stop sending these",
        "stop that",
        "stop bro",
        "Stop fucking texting me",
        "unsubscribe from all",
        "I revoke my consent",
        "don't send me anything",
        "I want out",
        "wrong number, stop texting me",
        "Stop. I'm not interested",
        "no quiero recibir más mensajes",
        "bórrame",
        "Cancelar suscripción",
        "Ne m'envoyez plus de messages",
    ),
    *(
        "Hör auf!",
        "hört auf bitte",
        "sluta",
        "Stans.",
        "отпишись",
        "ストップ",
        "구독해지",
        "Huỷ",
        "TỪ CHỐI",
        "Zrušit, prosím",
        "ยกเลิก",
        "बंद करो",
        "退订T",
        "Dejen de escribirme",
        "Revoke consent",
        "Se désinscrire",
        "STOP alsjeblieft",
        "STOP dziękuję",
        "stop lütfen",
    ),
]
DOUBTFUL = [
    *(
        "stop by at 5?",
        "non-stop",
        "the bus stop",
        "The end",
        "full stop",
        "don't stop",
        "cancel my order",
        "I quit smoking",
    ),
    *(
        "please don't stop texting me",
        "can't stop won't stop",
        "don't call me text me",
        "no more questions thanks",
    ),
    *(
        "I will stop",
        "We can stop to get you",
        "start stop",
        "请停止发送",
        "wrong number",
        "not interested",
        "🛑",
        "🚫",
    ),
]
NOTHING = [
    *(
        "weekend",
        "unstoppable",
        "stopover",
        "nonstop",
        "ending",
        "quite",
        "cancellation",
        "Hello",
        "Yes",
        "no",
        "👍",
        "",
    ),
    *(
        "text me",
        "send now",
        "I want more texts",
        "thank you all",
        "HELP",
        "start please",
        "행복해지고 싶어요",
        "दुकान बंद है",
        "C'est dur",
        "START?",
        "s t a r t",
        "   ",
    ),
]


@pytest.mark.parametrize("text", STOPS)
def test_a_stop_in_ordinary_words_is_one(text: str) -> None:
    meant = meaning([text], None)

    assert meant.status is ConsentStatus.UNSUBSCRIBED
    assert not meant.needs_review


@pytest.mark.parametrize("text", DOUBTFUL)
def test_a_text_that_only_may_be_a_stop_is_for_a_person_to_read(text: str) -> None:
    assert meaning([text], None) == Meaning(needs_review=True)


@pytest.mark.parametrize("text", NOTHING)
def test_a_text_without_such_a_word_says_nothing(text: str) -> None:
    assert meaning([text], None) == Meaning()


@pytest.mark.parametrize("text", ["START", "start", " Start. ", "“Start”", "UNSTOP", "ＳＴＡＲＴ"])
def test_only_the_word_itself_is_a_start(text: str) -> None:
    assert meaning([text], None).status is ConsentStatus.SUBSCRIBED


def test_a_start_beside_a_stop_lifts_nothing() -> None:
    assert meaning(["START"], None, ["STOP"]).status is ConsentStatus.UNSUBSCRIBED
    assert meaning(["START"], None, ["bus stop"]) == Meaning(needs_review=True)


def test_a_call_for_help_that_speaks_of_stopping_is_read_by_a_person() -> None:
    assert meaning(["how do i stop this"], "HELP") == Meaning(needs_review=True)
    assert meaning(["HELP"], "HELP") == Meaning()


words = st.sampled_from(sorted(" ".join(stop) for stop in keywords._STOPS if len(stop) == 1))
edges = st.text(st.sampled_from(" \t\n.,!?;:'\"“”*_~()[]-–…\u200b\u200d\u2060\ufe0f👍🙏🛑"), max_size=6)


@given(
    words,
    edges,
    edges,
    st.sampled_from([str, str.lower, str.title, str.swapcase]),
    st.sampled_from(["NFC", "NFD"]),
)
def test_a_stop_word_stays_one_whatever_stands_around_it(
    word: str, before: str, after: str, case: type[str], form: str
) -> None:
    text = before + unicodedata.normalize(form, case(word)) + after  # type: ignore[arg-type]

    assert meaning([text], None).status is ConsentStatus.UNSUBSCRIBED


@given(
    st.sampled_from(["STOP", "UNSUBSCRIBE", "REVOKE", "QUIT", "BAJA"]),
    st.text("bdfghjkvwxz", min_size=2, max_size=4),
    st.text("bdfghjkvwxz", min_size=2, max_size=4),
)
def test_a_stop_word_inside_another_word_is_nothing(word: str, before: str, after: str) -> None:
    assert meaning([before + word + after], None) == Meaning()


@given(
    words,
    st.lists(
        st.sampled_from(["please", "thanks", "thank you", "all", "now", "texts", "messages", "me"]),
        max_size=4,
    ),
)
def test_a_stop_word_with_courtesy_is_a_stop(word: str, fillers: list[str]) -> None:
    assert meaning([" ".join([word, *fillers])], None).status is ConsentStatus.UNSUBSCRIBED
    assert meaning([" ".join([*fillers, word])], None).status is ConsentStatus.UNSUBSCRIBED


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_none_of_it_by_chance_is_a_start(text: str) -> None:
    meant = meaning([text], None)

    assert meant.status is not ConsentStatus.SUBSCRIBED or text.strip().upper().strip(".!\"'“”") in {
        "START",
        "UNSTOP",
    }


def test_each_word_has_its_source() -> None:
    for kind in ("stops", "starts", "yeses", "doubts", "signs"):
        assert all(word and source for word, source in keywords._DATA[kind].items())


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("YES", "YES"),
        (" yes! ", "YES"),
        ("Sì.", "SI"),
        ("“Oui”", "OUI"),
        ("да", "ДА"),
        ("はい", "はい"),
        ("y", "Y"),
    ],
)
def test_a_yes_is_the_word_itself_in_many_languages(text: str, word: str) -> None:
    assert keywords.yes([text]) == word


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes please",
        "no",
        "YES STOP",
        "yes, who is this?",
        "yeah",
        "👍",
        "START",
        "STOP",
        "ok",
        "tak",
        "yes yes",
    ],
)
def test_whatever_else_is_written_is_no_yes(text: str) -> None:
    assert keywords.yes([text]) is None


def test_a_yes_on_a_button_is_one_and_not_where_its_id_stops() -> None:
    assert keywords.yes(["Yes"], ["opt_in"]) == "YES"
    assert keywords.yes(["Yes"], ["STOP"]) is None
    assert keywords.yes(["Yes", "Yes"]) == "YES"
    assert keywords.yes(["Yes", "I'd rather not"]) is None
    assert keywords.yes([]) is None


def test_no_word_of_a_yes_means_anything_else() -> None:
    assert not keywords._YESES & (keywords._STOPS.keys() | keywords._DOUBTS)
    assert {("YES",)} == keywords._YESES & keywords._FILLERS
    assert all(len(words) == 1 for words in keywords._YESES)
