"""What is said beside the tables of `detect.py`: what was missed, why, and what was tried."""

from __future__ import annotations


def notes(resamples: int) -> list[str]:
    """Paragraphs.

    Parameters
    ----------
    resamples : of the paired bootstrap.
    """
    return [
        "Average precision of the given labels that are wrong. cleanlab: its default score on the "
        "same probabilities. Fusion: labelviz without reviews, without other annotators; then with "
        "them. Ratio: to cleanlab, with the 95 % interval of a paired bootstrap over "
        f"{resamples} resamples of the rows. Probabilities: labelviz's own cross-validation of "
        "TF-IDF, or of frozen embeddings of all-MiniLM-L6-v2; for pairs both are mixed with a "
        "forest on similarities. Only beside the encoder may the fusion look at a second opinion, "
        "that of TF-IDF. `make bench-detect`.",
        *TRIED,
    ]


TRIED = [
    "**What was missed, and why.** Without reviews and annotators nothing that was tried "
    "comes near 1.3 x. A model's errors are the labels' errors: cleanlab's score on good "
    "out-of-fold probabilities of pairs is already close to what the texts tell, and on sets "
    "with half the labels wrong (emotion, wiki_politeness, ibc, hausa_news) every model "
    "learns the errors. Tried and left out, since they ranked worse on most sets: means of "
    "ranks; neighbours of pairs in the pool or as a mark; class biases in the pool; a mark's "
    "weight from the data alone. What helps is a second, unlike opinion (md-agreement, "
    "intents, convabuse, poi_categories), stated confidence and label rules.",
    "**Neighbours of pairs** are sought by how the two texts of a pair differ. Left with left "
    "and right with right, one way and either way round, was tried in nine forms (mean, product "
    "and least of the two cosines, alone and mixed with the difference) and left out, for no form "
    "ranks better on most sets: with LSA the detector alone has a "
    "mean AP of 0.074 over the five label columns of abt-buy against 0.070 of the best form, the "
    "least cosine; 0.071 against 0.065 on poi_pairs, 0.49 against 0.31 on restaurants and 0.43 "
    "against 0.40 on beer with 5 % noise. Only on ocnli it is better, 0.122 against 0.112. What a "
    "pair is about says less about its label than how its texts differ.",
    "Slices are shown and have no weight in the fusion: before reviews they repeat the model, and "
    "what verdicts say about a slice is learned by the fusion itself.",
    "**Other annotators** are weighed by how doubtful the model is where each of them contradicts. "
    "Tried on the same sets and left out: adding log odds, learned by foretelling an annotator or "
    "the given label (0.29 of the best part on one set: an ignorant expert vetoes all); means "
    "and products of doubt and vote share (0.57 and 0.30); expectation-maximisation over all "
    "annotators, which believes shared errors (0.76); Dawid-Skene, with and without the model, "
    "ranked far worse on abt-buy (0.15 to 0.45). CROWDLAB is good there and poor where most labels "
    "are wrong.",
    "**Flags** are the labels that another class is likelier than. Where a model is weak that is "
    "too many (intents, beer with 2 % noise): cleanlab's filter, which asks for as much as the "
    "model's usual confidence, is better there, and far too strict where a model is good (0 to 7 "
    "flags of 71 to 336 errors on dblp-acm). What was tried and left out: no more flags than "
    "confident learning counts, and odds divided by how much more often the model contradicts "
    "than confident learning counts. Both mend intents (F1 0.52 to 0.58) and beer (0.40 to 0.45, "
    "0.69 to 0.86, 0.82 to 0.87), both halve the flags of hausa_news, where half of the labels "
    "are wrong (0.38 to 0.26), and over all sets neither gains (mean F1 without annotators 0.559 "
    "to 0.551 and 0.559, and lower than the filter on 9 and 8 of 25 cases where this is on 5): "
    "how many labels are wrong, and how many a model only does not "
    "understand, is not told apart by its probabilities. The line can be moved on the page.",
    "Of several labels, odds are divided by the number of classes, since one cell of many is "
    "doubtful by chance. Counted cells in place of that number look better on convabuse (F1 0.70 "
    "to 0.75) and poi_categories (0.38 to 0.41), and are worse in 24 of 27 simulated worlds of 3, "
    "10 and 30 classes, down to 0.10 where the number gives 0.22; so the number stays.",
    "Who agrees counts as far as the model does not know. Half of the evidence whatever the model "
    "knows gives a mean ratio to the best part of 0.990 over twelve label columns with "
    "TF-IDF, against 0.996; all of it and none gave 0.988 and 0.987 where this gives 1.003, "
    "over nine of them. In 72 simulated worlds they are alike. The share of wrong labels learned "
    "anew from what was fused (expectation-maximisation) falls to 0.93. Other constants of this "
    "rule (0.03 and 0.1 expected, sharpened 1.5 to 3 times, 0 to 0.6 of the weight by the sample) "
    "move the mean by at most 0.02: it lies on a plateau, and no weight gives what is missing to "
    "1.05. In simulation it fails where a model that knows all meets labels of which 40 % are "
    "wrong (0.47 of the best part): one that doubts so much is taken to know little.",
    "**Which list to review.** Thompson sampling over the model's list, the votes' and the fused "
    "one, chosen anew for every card, was tried on four label columns with TF-IDF, two reviews "
    "each. In 50, 100 and 200 cards it finds 41.5, 76.5 and 135.5 errors of abt-buy where the "
    "fused list alone finds 42, 85 and 136.5, and the best other list 38, 74 and 127; of its "
    "relabelled column 29.5, 47.5 and 73.5 against 30, 47 and 73.5 (27, 43, 65); of ibc 37, 67.5 "
    "and 124 against 37, 73.5 and 131.5 (37, 65, 125); of poi_pairs 145.5 against 154 in 200. The "
    "fused list learns by itself whom to believe, so the queue stays with it.",
    "**After reviews** what verdicts spread to samples that are alike is believed as far as "
    "verdicts foretell one another so. Without that md-agreement was ranked worse after reviews "
    "than before them: texts that are alike by LSA seem to share what verdicts say, and the "
    "verdicts are all from the top of the list. A variance of its own for every verdict, another "
    "order of fitting the kernels, and a slope of the suspicion about its mean did not mend it.",
    "**Ranges** are never narrower than they have to be at every card, so they hold more often "
    "than 95 % at one look.",
    "Constants: 5 % of labels are taken to be wrong at first, doubt is sharpened twice, families "
    "count by the root of their size, relatives of the author by half, and a mark is granted one "
    "log odds. All were chosen looking at these sets, the same for every set, so expect somewhat "
    "less elsewhere.",
    "**Odd ones.** Of 20 flags and 20 others read on abt-buy and on poi_pairs, the reasons "
    "say what a person sees in nearly all; 39 of the 40 flags were wrong labels. Odd: the "
    "nearest neighbours of a pair often speak for a label that is wrong, since pairs of the "
    "same kind have not the same answer; a colour variant of a product reads like the same "
    "product to model and annotators alike, so such errors come late; a pair that both other "
    "annotators call wrong and three near-copies contradict was right all the same, its "
    "second text being too short to tell; and a product without a model number, which all "
    "annotators call a match, was not flagged though it is none.",
]
