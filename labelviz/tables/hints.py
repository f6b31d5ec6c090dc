"""What names of columns usually mean."""

from __future__ import annotations

import re

PAIRS = (
    ("text_a", "text_b"), ("text1", "text2"), ("text_1", "text_2"), ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"), ("question1", "question2"), ("premise", "hypothesis"),
    ("left", "right"), ("text_left", "text_right"), ("left_text", "right_text"), ("a", "b"),
    ("query", "document"), ("query", "passage"), ("question", "answer"), ("prompt", "response"),
    ("context", "response"), ("agent", "user"), ("title_a", "title_b"), ("name_a", "name_b"),
    ("query", "candidate"), ("s1", "s2"), ("sent1", "sent2"), ("claim", "evidence"),
    ("question", "sentence"), ("question", "passage"), ("question", "context"),
    ("claim", "context"), ("query", "product_title"), ("query", "title"), ("anchor", "positive"),
    ("post", "reply"), ("tweet", "reply"),
)  # fmt: skip
# Pairs where both hold long texts; their names mean other things as well.
LOOSE_PAIRS = (("source", "target"), ("src", "tgt"), ("mention", "entity"))
TEXTS = (
    "text", "sentence", "content", "question", "query", "comment", "review", "message", "body",
    "tweet", "utterance", "document", "description", "title", "input", "文本", "内容", "句子",
    "texto", "texte", "testo", "satz", "inhalt", "本文", "テキスト", "문장", "텍스트", "текст",
)  # fmt: skip
TEXT_ENDING = re.compile(
    r".*_(text|body|content|sentence|comment|review|message|tweet|utterance|question|headline|post)"
    r"|.*(正文|原文|文本|内容|句子)"
)
# Why a label was given: the text only where nothing else can be read.
REASONS = re.compile(
    r"(.*_)?(reason|reasons|reasoning|explanation|rationale|justification|thoughts?|理由|解释)"
)
# What may be said of a text, or to an LLM: the text where no other is long.
REMARKS = re.compile(r"(.*_)?(analysis|notes?|remarks?|prompt|instructions?|备注|说明)")
# Which of several attributes of a record stands first in its text.
FIRST_ATTRIBUTES = (
    "text", "sentence", "question", "content", "title", "name", "product_name", "description",
    "名称", "标题", "姓名", "名字",
)  # fmt: skip
WHOLE_TEXTS = ("text", "sentence", "question", "文本", "句子", "问题", "本文")
# What the two columns of an attribute start (0) or end (1) with in pairs of records.
STRONG_SIDES = (
    ("left_", "right_", 0), ("ltable_", "rtable_", 0), ("_left", "_right", 1),
    ("entity1_", "entity2_", 0), ("record1_", "record2_", 0), ("entity_1_", "entity_2_", 0),
    ("record_1_", "record_2_", 0), ("source_", "target_", 0), ("src_", "tgt_", 0),
    ("query_", "candidate_", 0), ("first_", "second_", 0), ("lhs_", "rhs_", 0),
    ("左侧", "右侧", 0), ("左", "右", 0),
)  # fmt: skip
# The same for marks that other columns may have too.
WEAK_SIDES = (
    ("_1", "_2", 1), ("_a", "_b", 1), ("_l", "_r", 1), ("_x", "_y", 1), ("l_", "r_", 0),
    ("a_", "b_", 0), ("1", "2", 1),
)  # fmt: skip
IDS = (
    "id",
    "sample_id",
    "pair_id",
    "uid",
    "uuid",
    "guid",
    "key",
    "idx",
    "index",
    "编号",
    "序号",
    "番号",
)
LABELS = (
    "label", "labels", "llm_label", "given_label", "noisy_label", "weak_label", "assigned_label",
    "noisy", "class", "category", "tags", "tag", "any_labels", "stance",
    "target", "y", "intent", "sentiment",
    "hard_label", "cats", "stars", "rating", "polarity", "emotion", "标签", "类别", "分类",
    "etiqueta", "étiquette", "etichetta", "etikett", "klasse", "kategorie", "clase", "classe",
    "verdict", "judgment", "judgement", "情感", "情感倾向", "情感极性", "意图", "是否匹配",
    "bewertung", "sentimiento", "感情", "тональность", "categoría", "catégorie",
    "ラベル", "カテゴリ", "레이블", "라벨", "метка", "класс",
)  # fmt: skip
LABEL_ENDING = re.compile(
    r".*_(label|labels|class|category|tags?)|.*(标签|类别|分类|分类结果|情感|倾向)"
)
CONFIDENCES = re.compile(
    r"(.*_)?(confidence|certainty|conf|konfidenz|confianza|confiance|confiança|置信度)(_.*)?"
)
GROUPS = ("group", "group_id", "cluster", "cluster_id", "record_id", "doc_id", "document_id")
SPLITS = ("split", "data_split", "subset", "fold", "partition", "set", "集合")
SLICES = (
    "language", "lang", "domain", "source", "country", "genre", "level", "topic", "category",
    "region", "city", "dataset", "channel", "platform", "type", "idioma", "langue", "sprache",
    "lingua", "语言", "言語", "язык", "城市", "来源", "渠道", "渠道来源", "地区", "省份", "平台",
    "ciudad", "país", "región", "fuente", "ville", "pays", "région", "stadt", "land", "bundesland",
    "quelle", "都市", "地域", "город", "регион", "страна", "источник",
)  # fmt: skip
# Names of what labels are scored against: never a label to audit, an annotator or a slice.
TRUTH = re.compile(
    r"(.*_)?(gold|golden|truth|true|majority|reference|expert|human|correct|adjudicated)(_.*)?"
)
ANNOTATOR = re.compile(
    r"(llm|model|annotator|rater|coder|worker|person|gpt|claude|gemini|qwen|llama|mistral|deepseek)"
    r"\d*([_ .-].*)?|first_annotator|label\d*_(?!id$|name$|text$).*|label_?\d+|lf[_-].*|"
    r"(ann|anno|annot)_?\d+|标注[员者人]_?\d+"
)
SAVED_INDEX = re.compile(r"unnamed:?_*\d+(_level_\d+)?|level_\d+|__index_level_\d+__|")
# Columns that say something about the label of the column that they are named after.
COMPANION = re.compile(
    r"(.+)_(confidence|certainty|conf|score|gold|golden|agreement|variance|probability|reason|"
    r"explanation|rationale|trust|problem)"
)
MOST_COMPANIONS = 3  # `x_label_confidence_score` is said of `x_label_confidence` and `x_label`
# What tools put before the names of their users' columns.
INSIDE = re.compile(r"(?:input|inputs|answer|data|fields|record|example|item|doc|features)\.(.+)")
# Who gave a label, where a file has a row for each sample and annotator.
PEOPLE = re.compile(
    r"(annotator|worker|rater|coder|labell?er|reviewer|user|judge|completed_by|annotated_by|"
    r"labell?ed_by|anotador|annotateur|bearbeiter|标注员|标注者|标注人)(_?(id|name))?|_worker_id|workerid|"
    r"annotation_agent|username"
)
# What else tells the rows of one sample apart, where they repeat its id or its text.
MODELS = ("model", "llm", "model_name", "llm_name", "engine", "system")
VOTES = re.compile(r"(votes?|n_votes?|count)_")
VOTERS = ("n_annotators", "n_voters", "voters", "n_raters", "annotators_count", "num_annotators")
SOFT = re.compile(r"(target|soft|soft_label)_")
PROBABILITIES = re.compile(r"(p|prob|proba|probability|pred|pred_prob)_")
ONE_HOT = re.compile(r"(is|label|class|tag|has)_")
SOFT_LISTS = ("soft_label", "soft_labels", "target", "label_distribution", "distribution")


def companion_of(key: str) -> tuple[str, ...]:
    """The names of the columns that a column may say something about, the longest first."""
    found: list[str] = []
    while len(found) < MOST_COMPANIONS and (match := COMPANION.fullmatch(key)):
        key = match[1]
        found.append(key)
    return tuple(found)


def key_of(name: str) -> str:
    """A name as the lists here spell it: small letters, underscores, no prefix of a tool."""
    small = name.strip().lower()
    found = INSIDE.fullmatch(small)
    return re.sub(r"[\s:.-]+", "_", found[1] if found else small)
